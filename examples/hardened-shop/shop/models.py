"""Tables of the shop. Money is in cents."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shop.db import Base


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="customer")
    balance: Mapped[int] = mapped_column(default=0)
    reset_digest: Mapped[str | None]
    reset_expires: Mapped[datetime | None]


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    category: Mapped[str] = mapped_column(default="misc")
    tag: Mapped[str] = mapped_column(default="")
    price: Mapped[int]
    stock: Mapped[int] = mapped_column(default=0)


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(default="placed")
    placed_at: Mapped[datetime] = mapped_column(default=datetime.now)


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
    used: Mapped[bool] = mapped_column(default=False)
