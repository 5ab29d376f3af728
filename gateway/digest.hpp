#pragma once

#include "net/hmac.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

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

/// HMAC-SHA-256 in lower-case hexadecimal, of texts that come again and again: it remembers some. One thread.
class keyed_hasher
{
public:
    explicit keyed_hasher(std::string_view key);

    std::string const& of(std::string const& text);

private:
    static constexpr std::size_t most_remembered = 1024;

    net::hmac_sha256_key const key_;
    std::unordered_map<std::string, std::string> remembered_;
};

} // namespace weir::gateway
