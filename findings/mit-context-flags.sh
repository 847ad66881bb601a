#!/bin/sh
# MIT Kerberos 1.20.1: an initiator that requests only mutual authentication also offers signing and encryption.
#
# Guess:    the flags of a security context are those that gss_init_sec_context was asked for.
# Behavior: the Kerberos mechanism adds GSS_C_CONF_FLAG and GSS_C_INTEG_FLAG to the token unless the credential has the
#           option GSS_KRB5_CRED_NO_CI_FLAGS_X. Servers that forbid signing inside TLS can refuse such a context.
# Output:   default: mutual conf integ / with the option: mutual
#
# Debian 12, krb5-kdc 1.20.1-2+deb12u5, python3-gssapi 1.8.2-1+b1. Needs no root; everything is in a temporary folder.
set -eu
folder=$(mktemp -d)
trap 'kill "$kdc" 2>/dev/null || true; rm -rf "$folder"' EXIT
kdc=
cd "$folder"
mit=1.20.1-2+deb12u5
for package in krb5-kdc=$mit krb5-admin-server=$mit libkadm5srv-mit12=$mit libkadm5clnt-mit12=$mit libkdb5-10=$mit \
    libgssrpc4=$mit libverto1=0.3.1-1 libverto-libev1=0.3.1-1 libev4=1:4.33-1 python3-gssapi=1.8.2-1+b1 \
    python3-decorator=5.1.1-3; do
    apt-get download -q "$package" > /dev/null 2> apt.log
done
for package in *.deb; do dpkg -x "$package" root; done
lib=$folder/root/usr/lib/$(gcc -print-multiarch 2> /dev/null || echo x86_64-linux-gnu)
export LD_LIBRARY_PATH=$lib PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
export KRB5_CONFIG=$folder/krb5.conf KRB5_KDC_PROFILE=$folder/kdc.conf KRB5CCNAME=$folder/tickets
export KRB5_KTNAME=$folder/service.keytab KRB5RCACHENAME=none:
port=18888
cat > krb5.conf << END
[libdefaults]
 default_realm = A.TEST
 dns_lookup_kdc = false
 rdns = false
[realms]
 A.TEST = {
  kdc = 127.0.0.1:$port
 }
END
cat > kdc.conf << END
[realms]
 A.TEST = {
  database_name = $folder/principal
  key_stash_file = $folder/stash
  kdc_listen = 127.0.0.1:$port
  kdc_tcp_listen = 127.0.0.1:$port
 }
[dbmodules]
 db_module_dir = $lib/krb5/plugins/kdb
END
PATH=$folder/root/usr/sbin:$PATH
kdb5_util create -s -P master > /dev/null 2>&1
kadmin.local addprinc -pw secret ann > /dev/null 2>&1
kadmin.local addprinc -randkey ldap/dc.a.test > /dev/null 2>&1
kadmin.local ktadd -k service.keytab ldap/dc.a.test > /dev/null 2>&1
krb5kdc -n -P kdc.pid > kdc.log 2>&1 &
kdc=$!
sleep 1
echo secret | kinit ann > /dev/null
cat > flags.py << 'END'
import gssapi
from gssapi.raw import OID, set_cred_option
flag = gssapi.RequirementFlag
name = gssapi.Name("ldap/dc.a.test@A.TEST", gssapi.NameType.kerberos_principal)
def granted(limit):
    ours = gssapi.Credentials(usage="initiate")
    if limit:
        ours = gssapi.Credentials(set_cred_option(OID.from_int_seq("1.2.752.43.13.29"), ours))
    client = gssapi.SecurityContext(name=name, creds=ours, flags=flag.mutual_authentication, usage="initiate",
                                    mech=gssapi.MechType.kerberos)
    server = gssapi.SecurityContext(creds=gssapi.Credentials(usage="accept", name=name), usage="accept")
    client.step(server.step(client.step()))
    seen = server.actual_flags
    names = {"mutual": flag.mutual_authentication, "conf": flag.confidentiality, "integ": flag.integrity}
    return " ".join(text for text, bit in names.items() if seen & bit)
print("default:", granted(False))
print("with the option:", granted(True))
END
/usr/bin/python3 flags.py | tee seen
grep -qx "default: mutual conf integ" seen && grep -qx "with the option: mutual" seen
