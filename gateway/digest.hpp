#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace weir::gateway
{

/// SHA-256 of bytes that come in pieces.
class sha256
{
public:
    sha256();
    ~sha256();
    sha256(sha256&&) noexcept;
    sha256& operator=(sha256&&) noexcept;

    void add(std::string_view bytes);
    /// Lower-case hexadecimal. Once.
    std::string hex();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// HMAC-SHA-256, lower-case hexadecimal.
std::string keyed_hash(std::string_view key, std::string_view text);

} // namespace weir::gateway
