//! System calls that the daemon never makes, refused: seccomp(2).
//!
//! The list names what an intruder would want and a sensor does not: other programs, other processes, the kernel's own
//! affairs. A list of what is allowed would be shorter to reason about, but would break with every new C library; this one
//! cannot, since nothing in it is called while the daemon runs. A refused call fails with EPERM and kills nobody.

use std::collections::BTreeMap;

use anyhow::Context;
use caps::{Capability, CapsHashSet};
use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// Refused whatever the configuration says.
const REFUSED: &[libc::c_long] = &[
    // other programs
    libc::SYS_execve,
    libc::SYS_execveat,
    // other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_madvise,
    // the kernel, its modules and its clock
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_quotactl,
    // file systems and name spaces
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_mknodat,
    libc::SYS_fanotify_init,
    // keys, and what kernel bugs tend to be reached by
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_personality,
    libc::SYS_lookup_dcookie,
    libc::SYS_vhangup,
    // the user
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
];

/// Refuses them from now on. Only AF_XDP has a use for bpf(2).
pub(super) fn refuse(kept: &CapsHashSet) -> anyhow::Result<String> {
    let mut refused: Vec<_> = REFUSED.to_vec();
    if !kept.contains(&Capability::CAP_BPF) {
        refused.push(libc::SYS_bpf);
    }
    let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(format!("system calls: not limited on {}", std::env::consts::ARCH));
    };
    let program = program(&refused, arch).context("the filter of system calls cannot be built")?;
    seccompiler::apply_filter(&program)
        .context("the filter of system calls is refused; sandbox.seccomp = false does without")?;
    Ok(format!("system calls: {} refused", refused.len()))
}

fn program(refused: &[libc::c_long], arch: TargetArch) -> Result<BpfProgram, seccompiler::BackendError> {
    let rules: BTreeMap<_, _> = refused.iter().map(|call| (*call, Vec::new())).collect();
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, arch)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_can_be_built() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            assert!(program(REFUSED, arch).unwrap().len() > REFUSED.len());
        }
    }
}
