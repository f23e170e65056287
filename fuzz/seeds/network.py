import ssl, requests, urllib.request, ftplib, telnetlib, paramiko, socket, httpx
from flask import Flask, request

app = Flask(__name__)
requests.get("http://x", verify=False, timeout=None)
httpx.Client(verify=not True)
ssl._create_unverified_context()
ssl.wrap_socket(ssl_version=ssl.PROTOCOL_SSLv3)
s = socket.socket(); s.bind(("0.0.0.0", 80))
c = paramiko.SSHClient(); c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
urllib.request.urlopen(request.args["u"])

@app.route("/<path:p>", methods=["GET"])
async def page(p, *, q=lambda x=1: x):
    async with httpx.AsyncClient() as client:
        return [r async for r in client.stream("GET", p) if await r.aread()]

if __name__ == "__main__":
    app.run(host="0.0.0.0", debug=True)
