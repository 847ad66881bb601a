"""Recovers a dirty hive from one transaction log with another's code: `python recover.py READER HIVE LOG RECOVERED`.

regipy (MIT) does both formats of logs, python-registry (Apache-2.0) the new one. Neither asks whether the hive is dirty.
"""

import shutil
import sys


def regipy(hive, log, recovered):
    from regipy.recovery import apply_transaction_logs

    apply_transaction_logs(hive, log, restored_hive_path=recovered)


def registry(hive, log, recovered):
    from Registry.RegistryLog import RegistryLog

    shutil.copyfile(hive, recovered)
    with open(recovered, "r+b") as file:
        RegistryLog(file, log).recover_hive()


if __name__ == "__main__":
    {"regipy": regipy, "python-registry": registry}[sys.argv[1]](*sys.argv[2:])
