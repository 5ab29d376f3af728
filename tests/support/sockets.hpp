#pragma once

#include "tests/support/wait.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::test
{

/// One end of a TCP connection, driven step by step by the test. Every wait ends with `late` after `patience`.
class connection
{
public:
    explicit connection(int descriptor);
    connection(connection&& other) noexcept;
    connection& operator=(connection&& other) noexcept;
    ~connection();

    /// `from`: the address of loopback to come from.
    static connection to(std::uint16_t port, std::string const& from = "127.0.0.1");

    /// All of it.
    void send(std::string_view bytes);
    /// As much as the other side takes without delay; 0 when it takes nothing within `wait`.
    std::size_t send_some(std::string_view bytes, std::chrono::milliseconds wait);

    /// What came, through `mark`. Throws when the connection ends before it.
    std::string read_until(std::string_view mark);
    std::string read_exactly(std::size_t n);
    /// What comes until the other side ends the connection, by whatever means.
    std::string read_to_end();

    /// What came and was not yet read, without waiting.
    std::string_view received() { return buffer_; }
    /// Waits for more bytes; false at the end of the connection.
    bool read_more();
    /// Whether the other side has ended the connection by now; bytes that came are kept.
    bool has_ended();
    /// The end was a reset, not an orderly close.
    bool was_reset() const { return reset_; }

    void end_sending();
    void close();
    /// Closes with a reset.
    void reset();
    void set_receive_buffer(int bytes);
    int descriptor() const { return descriptor_; }

private:
    bool receive_now(int flags);

    int descriptor_ = -1;
    std::string buffer_;
    bool ended_ = false, reset_ = false;
};

/// A listening socket on loopback.
class listener
{
public:
    explicit listener(std::string const& host = "127.0.0.1");
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    ~listener();

    std::uint16_t port() const { return port_; }

    /// The next connection; throws `late` when none comes.
    connection accept();
    /// Whether a connection waits to be accepted.
    bool is_called() const;
    void close();

private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
};

/// An address of loopback that does not answer: who connects to it waits.
class deaf_address
{
public:
    /// `port` 0: any.
    explicit deaf_address(std::string const& host, std::uint16_t port = 0);
    deaf_address(deaf_address const&) = delete;
    deaf_address& operator=(deaf_address const&) = delete;
    ~deaf_address();

    std::uint16_t port() const;

private:
    int listening_ = -1, filling_ = -1;
};

/// A port of loopback on which nobody listens.
std::uint16_t unused_port();

} // namespace weir::test
