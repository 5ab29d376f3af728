#include "storage/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace weir::storage
{

result<file_lock> file_lock::take(std::string const& path)
{
    int const descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return make_error_code(errc::io);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return file_lock(descriptor);
    bool const taken = errno == EWOULDBLOCK;
    ::close(descriptor);
    return make_error_code(taken ? errc::busy : errc::io);
}

file_lock::~file_lock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace weir::storage
