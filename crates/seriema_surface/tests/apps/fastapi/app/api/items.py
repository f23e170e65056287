from fastapi import APIRouter, Depends
from app.deps import CurrentUser, get_db
router = APIRouter()
@router.get("/")
def read_items(user: CurrentUser, db=Depends(get_db), skip: int = 0): return []
@router.post("/{id}")
def create(id: int, db=Depends(get_db)): return []
