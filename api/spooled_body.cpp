#include "api/spooled_body.hpp"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace weir::api
{

storage::result<std::shared_ptr<spooled_body>> spooled_body::make(std::string const& folder)
{
    auto name = folder + "/body-XXXXXX";
    int const file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) return make_error_code(errno == ENOSPC ? storage::errc::full : storage::errc::io);
    ::unlink(name.c_str());
    return std::shared_ptr<spooled_body>(new spooled_body(file));
}

spooled_body::~spooled_body()
{
    if (mapped_) ::munmap(mapped_, size_);
    ::close(file_);
}

storage::result<void> spooled_body::append(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const written = ::write(file_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            return make_error_code(errno == ENOSPC || errno == EDQUOT ? storage::errc::full : storage::errc::io);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::size_t>(written);
    }
    return {};
}

storage::result<std::string_view> spooled_body::text()
{
    if (size_ == 0) return std::string_view();
    if (!mapped_) {
        void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
        if (mapped == MAP_FAILED) return make_error_code(storage::errc::io); // NOLINT: the system's macro
        mapped_ = mapped;
    }
    return std::string_view(static_cast<char const*>(mapped_), size_);
}

} // namespace weir::api
