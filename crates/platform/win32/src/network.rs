//! IP addresses of the machine.

use std::ffi::c_void;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr::null;

use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_FRIENDLY_NAME, GAA_FLAG_SKIP_MULTICAST,
    IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_IN, SOCKADDR_IN6, SOCKET_ADDRESS,
};

use crate::buffer::Buffer;
use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in iphlpapi.h.
    struct Functions;
    adapters_addresses = "iphlpapi.dll" c"GetAdaptersAddresses":
        fn(u32, u32, *const c_void, *mut IP_ADAPTER_ADDRESSES_LH, *mut u32) -> u32;
}

/// Initial buffer size that Microsoft recommends.
const USUAL: u32 = 15_000;
const MOST_TRIES: usize = 4;

/// The addresses of all adapters, except loopback addresses.
pub fn addresses() -> Result<Vec<IpAddr>, Error> {
    const FLAGS: u32 = GAA_FLAG_SKIP_ANYCAST
        | GAA_FLAG_SKIP_MULTICAST
        | GAA_FLAG_SKIP_DNS_SERVER
        | GAA_FLAG_SKIP_FRIENDLY_NAME;
    let functions = Functions::load()?;
    let mut length = USUAL;
    for _ in 0..MOST_TRIES {
        let mut buffer = Buffer::with_bytes(usize::try_from(length).unwrap_or(0));
        length = buffer.capacity();
        let first: *mut IP_ADAPTER_ADDRESSES_LH = buffer.pointer().cast();
        // SAFETY: the buffer is writable for `length` bytes and aligned for the structure; `length` outlives
        // the call.
        let code = unsafe {
            (functions.adapters_addresses)(u32::from(AF_UNSPEC), FLAGS, null(), first, &raw mut length)
        };
        match code {
            // SAFETY: the call wrote a list to `buffer`, which outlives the reading.
            ERROR_SUCCESS => return Ok(unsafe { listed(first) }),
            ERROR_NO_DATA => return Ok(Vec::new()),
            ERROR_BUFFER_OVERFLOW => {}
            _ => return Err(Error::win32("GetAdaptersAddresses", code)),
        }
    }
    Err(Error::too_large("GetAdaptersAddresses"))
}

/// # Safety
/// `adapter` must be a list that `GetAdaptersAddresses` wrote, in memory that is still valid.
unsafe fn listed(mut adapter: *const IP_ADAPTER_ADDRESSES_LH) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    // SAFETY: every pointer of the list is null or points to the next element in the same memory.
    while let Some(this) = unsafe { adapter.as_ref() } {
        let mut unicast = this.FirstUnicastAddress.cast_const();
        // SAFETY: as above.
        while let Some(one) = unsafe { unicast.as_ref() } {
            // SAFETY: the element describes a socket address in the same memory.
            addresses.extend(unsafe { address(&one.Address) }.filter(|address| !address.is_loopback()));
            unicast = one.Next;
        }
        adapter = this.Next;
    }
    addresses
}

/// # Safety
/// `socket` must describe a socket address in memory that is still valid.
unsafe fn address(socket: &SOCKET_ADDRESS) -> Option<IpAddr> {
    let length = usize::try_from(socket.iSockaddrLength).ok()?;
    // SAFETY: a socket address, if present, begins with its family.
    let family = unsafe { socket.lpSockaddr.as_ref() }?.sa_family;
    match family {
        AF_INET if length >= size_of::<SOCKADDR_IN>() => {
            // SAFETY: family and length match this type; it may be unaligned.
            let found = unsafe { socket.lpSockaddr.cast::<SOCKADDR_IN>().read_unaligned() };
            // SAFETY: every variant of the union is the same four bytes, in network order.
            let bytes = unsafe { found.sin_addr.S_un.S_addr }.to_ne_bytes();
            Some(IpAddr::V4(Ipv4Addr::from(bytes)))
        }
        AF_INET6 if length >= size_of::<SOCKADDR_IN6>() => {
            // SAFETY: family and length match this type; it may be unaligned.
            let found = unsafe { socket.lpSockaddr.cast::<SOCKADDR_IN6>().read_unaligned() };
            // SAFETY: every variant of the union is the same sixteen bytes, in network order.
            let bytes = unsafe { found.sin6_addr.u.Byte };
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}
