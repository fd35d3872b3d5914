//! Sources of Windows Event Forwarding, written from [MS-WSMV], DSP0226 and ECMA-321, apart from the collector: what the lab sends with.

pub mod certificates;
pub mod sldc;
pub mod source;
pub mod text;
