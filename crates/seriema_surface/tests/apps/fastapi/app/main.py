from fastapi import FastAPI, Depends
from app.core.config import settings
from app.api import api_router
from starlette.routing import Mount, Route
app = FastAPI()
app.include_router(api_router, prefix=settings.API_V1)
sub = FastAPI()
@sub.get("/ping")
async def ping(): return 1
app.mount("/sub", sub)
