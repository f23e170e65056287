"""The database session that all modules share."""

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, scoped_session, sessionmaker

session = scoped_session(sessionmaker())


class Base(DeclarativeBase):
    """Parent of all models."""


def init_app(app):
    engine = create_engine(app.config["DATABASE_URL"])
    session.remove()
    session.configure(bind=engine)
    Base.metadata.create_all(engine)
    app.teardown_appcontext(lambda error: session.remove())
