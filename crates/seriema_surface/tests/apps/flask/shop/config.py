import os
PREFIX = os.environ.get("PREFIX", "/v1")
