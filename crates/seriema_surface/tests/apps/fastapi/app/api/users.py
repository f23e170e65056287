from fastapi import APIRouter
router = APIRouter()
@router.get("/me")
def me(): return []
@router.websocket("/ws")
async def ws(sock): ...
