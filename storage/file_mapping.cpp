#include "storage/file_mapping.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::storage
{

/// What the handler of SIGBUS knows of a mapping.
struct watched_range {
    std::atomic<std::uintptr_t> begin{0}, end{0}; ///< 0: free
    std::atomic<bool> has_failed{false};
};

namespace
{

std::array<watched_range, 32> watched;
struct sigaction handler_before;

/// Whether the fault was in a mapping, whose page then has zeros.
bool put_zeros(siginfo_t const* info)
{
    if (info->si_code <= 0) return false; // somebody sent it
    auto const at = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (auto& range : watched) {
        if (at < range.begin || at >= range.end) continue;
        range.has_failed = true;
        auto const page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        auto* const start = reinterpret_cast<void*>(at / page * page);
        return ::mmap(start, page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    }
    return false;
}

/// Others' faults are left to whoever handled them before.
void handle_fault(int signal, siginfo_t* info, void* context)
{
    if (put_zeros(info)) return;
    if ((handler_before.sa_flags & SA_SIGINFO) != 0 && handler_before.sa_sigaction)
        return handler_before.sa_sigaction(signal, info, context);
    ::sigaction(signal, &handler_before, nullptr);
    if (info->si_code <= 0) ::raise(signal); // a fault comes again by itself
}

/// Others may have put theirs in its place since it was done last. Under `known_mutex`.
void handle_faults()
{
    struct sigaction now = {};
    if (::sigaction(SIGBUS, nullptr, &now) != 0 || now.sa_sigaction == handle_fault) return;
    handler_before = now;
    struct sigaction ours = {};
    ours.sa_sigaction = handle_fault;
    ours.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGBUS, &ours, nullptr);
}

/// Null when there are too many.
watched_range* watch(std::byte const* begin, std::size_t length)
{
    auto const from = reinterpret_cast<std::uintptr_t>(begin);
    for (auto& range : watched) {
        std::uintptr_t unused = 0;
        if (!range.begin.compare_exchange_strong(unused, from)) continue;
        range.has_failed = false;
        range.end = from + length;
        return &range;
    }
    return nullptr;
}

std::mutex known_mutex;
std::map<std::pair<dev_t, ino_t>, std::weak_ptr<file_mapping const>> known;

} // namespace

file_mapping::file_mapping(int file, std::size_t length)
    : length_(length)
{
    void* const begin = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, file, 0);
    if (begin == MAP_FAILED) return;
    begin_ = static_cast<std::byte*>(begin);
    watched_ = watch(begin_, length);
}

file_mapping::~file_mapping()
{
    if (watched_) {
        watched_->end = 0;
        watched_->begin = 0;
    }
    if (begin_) ::munmap(begin_, length_);
}

bool file_mapping::has_failed() const { return watched_->has_failed.load(std::memory_order_relaxed); }

std::shared_ptr<file_mapping const> file_mapping::of(int file, std::size_t needed)
{
    constexpr std::size_t least = std::size_t{1} << 30; // of addresses, not of memory
    struct stat status = {};
    if (::fstat(file, &status) != 0) return nullptr;
    std::scoped_lock const lock(known_mutex);
    handle_faults();
    std::erase_if(known, [](auto const& each) { return each.second.expired(); });
    auto& same = known[{status.st_dev, status.st_ino}];
    if (auto there = same.lock(); there && there->length() >= needed && !there->has_failed()) return there;
    std::shared_ptr<file_mapping const> made(new file_mapping(file, std::max(least, needed * 2)));
    if (!made->watched_) return nullptr;
    same = made;
    return made;
}

} // namespace weir::storage
