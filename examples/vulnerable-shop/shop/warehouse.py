"""Devices in the warehouse: scanners, printers, switches, servers."""


def restart_scanner(host, line):
    import telnetlib  # audit: B401,S401 (import of telnetlib)

    with telnetlib.Telnet(host) as connection:  # flaw: B312,S312 (password and commands in clear text)
        connection.write(f"restart {line}\n".encode())


def push_labels(host, path, password="labels"):  # audit: B107,S107 (printer's password as a default)
    import ftplib  # audit: B402,S402 (import of ftplib)

    with ftplib.FTP(host) as printer, open(path, "rb") as labels:  # flaw: B321,S321 (password and labels in clear text)
        printer.login("labels", password)
        printer.storbinary("STOR labels.zpl", labels)


def shelf_status(host, shelf):
    from paramiko import AutoAddPolicy, SSHClient

    client = SSHClient()
    client.set_missing_host_key_policy(AutoAddPolicy)  # flaw: B507,S507 (any host key is accepted)
    client.connect(host, username="shelf", password="shelf-2020")  # flaw: B106,S106 (password in the source)
    _, output, _ = client.exec_command(f"shelfctl status {shelf}")  # flaw: B601 (remote shell command built from a parameter)
    return output.read().decode()


def switch_session(host):
    from pysnmp import hlapi

    return hlapi.CommunityData("public", mpModel=0), hlapi.UdpTransportTarget((host, 161))  # flaw: B508,S508 (SNMP v1, clear text)


def meter_session(host):
    from pysnmp.hlapi import UdpTransportTarget, UsmUserData

    return UsmUserData("meter"), UdpTransportTarget((host, 161))  # flaw: B509,S509 (SNMP v3 without authentication and encryption)


def power_cycle(host, user, password):
    from pyghmi import constants  # audit: B415,S415 (import of an IPMI client)
    from pyghmi.ipmi.command import Command  # audit: B415 (import of an IPMI client)

    server = Command(bmc=host, userid=user, password=password)
    server.set_power("reset", wait=True)
    return server.get_health()["health"] == constants.Health.Ok
