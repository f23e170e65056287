"""Devices in the warehouse: scanners, printers, switches, servers. Host keys and accounts are set up beforehand."""

import os


def connect(host, user):
    from paramiko import RejectPolicy, SSHClient

    client = SSHClient()
    client.load_system_host_keys()
    client.set_missing_host_key_policy(RejectPolicy)
    client.connect(host, username=user, timeout=10)
    return client


def restart_scanner(host):
    with connect(host, "scanner") as client:
        client.exec_command("systemctl restart scanner", timeout=10)


def push_labels(host, path):
    with connect(host, "labels") as client, client.open_sftp() as printer:
        printer.put(path, "labels.zpl")


def shelf_status(host, shelf):
    with connect(host, "shelf") as client:
        _, output, _ = client.exec_command("shelfctl status --all", timeout=10)
        rows = dict(line.split(maxsplit=1) for line in output.read().decode().splitlines())
    return rows.get(shelf)


async def snmp_session(host):
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    user = hlapi.UsmUserData(
        "shop",
        os.environ["SNMP_AUTH_KEY"],
        os.environ["SNMP_PRIVACY_KEY"],
        authProtocol=hlapi.usmHMAC256SHA384AuthProtocol,
        privProtocol=hlapi.usmAesCfb256Protocol,
    )
    return user, await hlapi.UdpTransportTarget.create((host, 161))


def power_cycle(server):
    """By Redfish, over HTTPS: IPMI is not encrypted."""
    import requests

    address = {"web": "https://bmc-web.shop.example", "db": "https://bmc-db.shop.example"}[server]
    account = (os.environ["BMC_USER"], os.environ["BMC_PASSWORD"])
    reset = f"{address}/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"
    return requests.post(reset, json={"ResetType": "PowerCycle"}, auth=account, timeout=30).ok
