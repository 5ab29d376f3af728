#include "experiments/sandbox_filter.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <vector>

namespace weir::experiments
{
namespace
{

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// Numbers that all architectures have in common, and that older headers lack.
constexpr std::uint32_t clone3 = 435, fchmodat2 = 452, first_unknown = 457;

/// Sockets, also those that io_uring makes; what tells of files; memory that outlives its process; other processes'
/// memory; new namespaces, in which a process would be privileged; parts of the kernel that no evaluator needs; and
/// changes of files that need no open one, which Landlock lets pass.
constexpr std::uint32_t forbidden_always[] = {
    SYS_socket,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_inotify_add_watch,
    SYS_fanotify_init,
    SYS_shmget,
    SYS_semget,
    SYS_msgget,
    SYS_mq_open,
    SYS_fchmod,
    SYS_fchmodat,
    fchmodat2,
    SYS_fchown,
    SYS_fchownat,
    SYS_truncate,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
#if defined(__x86_64__)
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
};

/// Where all processes of weir's user are within reach: signals, limits and scheduling of others, and leaving the group
/// by which the command is killed.
constexpr std::uint32_t forbidden_among_others[] = {
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_send_signal,
    SYS_setsid,
    SYS_setpgid,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_sched_setaffinity,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_kcmp,
    SYS_process_madvise,
};

constexpr std::uint32_t new_namespaces =
    CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr std::uint32_t refused_call = SECCOMP_RET_ERRNO | EPERM;

/// A filter as it is written: what is not decided falls through.
class program
{
public:
    void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
    void load_number() { load(offsetof(seccomp_data, nr)); }
    /// The lower half of an argument, which both architectures have first.
    void load_argument(std::size_t which) { load(offsetof(seccomp_data, args) + which * sizeof(std::uint64_t)); }
    void decide(std::uint32_t what) { add(BPF_RET | BPF_K, what); }

    /// Decides where what was loaded compares so with `value`.
    void decide_if(std::uint16_t comparison, std::uint32_t value, std::uint32_t what, bool is_so = true)
    {
        add(BPF_JMP | BPF_K | comparison, value, is_so ? 0 : 1, is_so ? 1 : 0);
        decide(what);
    }

    /// Of one system call, decides where a bit of, or the value of, an argument is so.
    void decide_for(std::uint32_t number, std::size_t argument, std::uint16_t comparison,
                    std::initializer_list<std::uint32_t> values, std::uint32_t what, bool is_so = true)
    {
        load_number();
        add(BPF_JMP | BPF_K | BPF_JEQ, number, 0, static_cast<std::uint8_t>(1 + 2 * values.size()));
        load_argument(argument);
        for (auto const value : values) decide_if(comparison, value, what, is_so);
    }

    bool install()
    {
        sock_fprog const whole{static_cast<unsigned short>(steps_.size()), steps_.data()};
        return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) == 0;
    }

private:
    void add(int code, std::uint32_t value, std::uint8_t if_so = 0, std::uint8_t if_not = 0)
    {
        steps_.push_back({static_cast<std::uint16_t>(code), if_so, if_not, value});
    }

    std::vector<sock_filter> steps_;
};

} // namespace

bool forbid_system_calls(bool is_apart)
{
    if (architecture == 0) return false;
    program filter;
    filter.load(offsetof(seccomp_data, arch));
    filter.decide_if(BPF_JEQ, architecture, SECCOMP_RET_KILL_PROCESS, false);
    filter.load_number();
#if defined(__x86_64__)
    constexpr std::uint32_t other_numbering = 0x40000000; // that of x32
    filter.decide_if(BPF_JGE, other_numbering, refused_call);
#endif
    for (auto const number : forbidden_always) filter.decide_if(BPF_JEQ, number, refused_call);
    if (!is_apart)
        for (auto const number : forbidden_among_others) filter.decide_if(BPF_JEQ, number, refused_call);
    // Nobody has looked at what came after these: setxattrat, file_setattr and others change files that are not open.
    filter.decide_if(BPF_JGE, first_unknown, SECCOMP_RET_ERRNO | ENOSYS);
    // Its arguments cannot be seen: what asks for it takes the older one then.
    filter.decide_if(BPF_JEQ, clone3, SECCOMP_RET_ERRNO | ENOSYS);
    // A pair of streams has only each other; one of datagrams reaches every socket that has a name.
    filter.decide_for(SYS_socketpair, 1, BPF_JSET,
                      {~static_cast<std::uint32_t>(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)}, refused_call);
    filter.decide_for(SYS_ioctl, 1, BPF_JEQ, {FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR}, refused_call);
    filter.decide_for(SYS_clone, 0, BPF_JSET, {new_namespaces}, refused_call);
    if (!is_apart) {
        constexpr std::uint32_t set_owner = 8, set_owner_extended = 15; // F_SETOWN and F_SETOWN_EX of fcntl
        constexpr std::uint32_t set_owner_of_socket = 0x8901, set_group_of_socket = 0x8902;
        filter.decide_for(SYS_fcntl, 1, BPF_JEQ, {set_owner, set_owner_extended}, refused_call);
        filter.decide_for(SYS_ioctl, 1, BPF_JEQ, {set_owner_of_socket, set_group_of_socket}, refused_call);
        filter.decide_for(SYS_prlimit64, 0, BPF_JEQ, {0}, refused_call, false); // 0: the caller's own
    }
    filter.decide(SECCOMP_RET_ALLOW);
    return filter.install();
}

} // namespace weir::experiments
