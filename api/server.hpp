#pragma once

#include "api/services.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::api
{

/// Where the admin side listens and what it bears.
struct server_options {
    std::string host = "127.0.0.1"; ///< an address or a name; "", "0.0.0.0" and "::" are all addresses
    std::uint16_t port = 8585;      ///< 0: any free one
    std::string public_url{};       ///< how clients reach it, when that differs

    std::uint64_t max_body = 50 * 1024 * 1024;        ///< bytes; 413 beyond
    std::uint64_t max_upload = 256 * 1024 * 1024;     ///< bytes, of what is kept in a file; 413 beyond
    std::string spool_folder = "/tmp";                ///< where such files are made; they have no names
    std::uint64_t max_bodies = 256 * 1024 * 1024;     ///< bytes, of all that are under way; 503 beyond
    std::uint32_t max_header_bytes = 64 * 1024;       ///< 431 beyond
    std::size_t max_connections = 256;                ///< further ones wait to be accepted
    std::chrono::milliseconds header_timeout{30'000}; ///< from a request's first byte to the end of its head
    std::chrono::milliseconds body_timeout{300'000};  ///< for the whole body
    std::chrono::milliseconds idle_timeout{60'000};   ///< between requests
    std::chrono::milliseconds write_timeout{300'000}; ///< for the whole answer, or each piece of it

    /// Told about faults of weir's own (a handler threw, the socket cannot accept), on the server's thread.
    std::function<void(std::string_view)> report{};
};

/// The admin listener: serves `all_endpoints()` on a thread of its own.
class server
{
public:
    /// Listens; connections wait until `start`. Throws std::runtime_error naming the address when that is not possible.
    /// What `with` refers to must outlive the server.
    server(server_options options, services with);

    /// As `stop` without grace.
    ~server();

    /// The port listened on.
    std::uint16_t port() const;

    void start();

    /// Accepts no more, ends idle connections, lets calls in progress go on for `grace`, then cuts them off. Returns
    /// when everything has ended; nothing of the server runs afterwards. From any thread but the server's own.
    void stop(std::chrono::milliseconds grace);

private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

} // namespace weir::api
