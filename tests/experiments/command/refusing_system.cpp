// A system that does not let weir have what it asks for: forbids itself some system calls, of which the build says
// which, and becomes weir.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace
{

constexpr std::uint32_t forbidden[] = {FORBIDDEN};
constexpr bool forbids_filters = FORBIDS_FILTERS;

} // namespace

int main(int, char** argv)
{
    std::vector<sock_filter> steps;
    auto const add = [&steps](int code, std::uint32_t value, std::uint8_t if_so = 0, std::uint8_t if_not = 0) {
        steps.push_back({static_cast<std::uint16_t>(code), if_so, if_not, value});
    };
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (auto const number : forbidden) {
        add(BPF_JMP | BPF_K | BPF_JEQ, number, 0, 1);
        add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    if (forbids_filters) {
        add(BPF_JMP | BPF_K | BPF_JEQ, SYS_prctl, 0, 3);
        add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args));
        add(BPF_JMP | BPF_K | BPF_JEQ, PR_SET_SECCOMP, 0, 1);
        add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL);
    }
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    sock_fprog const whole{static_cast<unsigned short>(steps.size()), steps.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) != 0) return 1;
    char* const none[] = {nullptr};
    ::execve(WEIR_BINARY, argv, none);
    return 1;
}
