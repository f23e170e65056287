from typing import Annotated
from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
oauth = OAuth2PasswordBearer(tokenUrl="x")
Token = Annotated[str, Depends(oauth)]
def get_current_user(token: Token):
    if not token:
        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN)
    return token
CurrentUser = Annotated[str, Depends(get_current_user)]
def get_db(): yield 1
