"""Reads ten values of a machine over MS-RRP with impacket, as crates/protocols/smb/examples/reads.rs does with ours.

remote_reads.py HOST PORT USER HOSTS PROCESSES, with the password in RDSCAL_PASSWORD. impacket is Python: it gets processes where ours gets
threads, and its best of both is what it is raced with. Prints seconds, milliseconds of processor time, and RPC calls.
"""

import json
import multiprocessing
import os
import resource
import sys
import time

from impacket.dcerpc.v5 import rrp, transport

READS = [
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "fDenyTSConnections"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "TSAppCompat"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", "LicensingMode"),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers", "SpecifiedLicenseServers"),
    (r"SYSTEM\CurrentControlSet\Services\TermService", "Start"),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicensingMode"),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicenseServers"),
    (r"SOFTWARE\Microsoft\TermServLicensing", "RunAsRTM"),
    (r"SOFTWARE\Microsoft\MSLicensing\HardwareID", "ClientHWID"),
    (r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName"),
]


def read(host, port, user, password):
    """One machine."""
    pipe = transport.SMBTransport(host, port, r"\winreg", user, password)
    pipe.set_dport(port)
    dce = pipe.get_dce_rpc()
    dce.connect()
    dce.bind(rrp.MSRPC_UUID_RRP)
    root = rrp.hOpenLocalMachine(dce, samDesired=0x20009)["phKey"]
    for path, value in READS:
        key = rrp.hBaseRegOpenKey(dce, root, path, samDesired=0x20009)["phkResult"]
        rrp.hBaseRegQueryValue(dce, key, value)
    dce.disconnect()


def work(arguments):
    """So many machines; the processor time that they took."""
    host, port, user, password, hosts = arguments
    for _ in range(hosts):
        read(host, port, user, password)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    host, port, user, hosts, processes = sys.argv[1:]
    port, hosts, processes = int(port), int(hosts), int(processes)
    password = os.environ["RDSCAL_PASSWORD"]
    shares = [hosts // processes + (n < hosts % processes) for n in range(processes)]
    start = time.monotonic()
    if processes == 1:
        before = resource.getrusage(resource.RUSAGE_SELF)
        cpu = work((host, port, user, password, hosts)) - before.ru_utime - before.ru_stime
    else:
        with multiprocessing.Pool(processes) as pool:
            cpu = sum(pool.map(work, [(host, port, user, password, share) for share in shares], chunksize=1))
    seconds = time.monotonic() - start
    print(json.dumps({"hosts": hosts, "seconds": round(seconds, 3), "cpu_ms": round(cpu * 1000)}))


main()
