#pragma once

#include "api/server.hpp"
#include "api/services.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of the admin side share.
namespace weir::api::test
{

/// The UUID of the n-th row of a `memory`: 00000000-0000-7000-8000-00000000000n.
storage::uuid numbered(unsigned n);

/// A recorded call with something in every column.
storage::request_record full_row();

/// Rows and bodies in memory, and what was asked of them.
struct memory {
    std::vector<storage::request_record> rows; ///< newest first
    storage::bodies bodies;
    boost::system::error_code fault; ///< when set, what every question is answered with

    storage::request_query asked;
    std::int64_t asked_organization = -1;
};

/// A source that reads `from`, which must outlive it.
request_source source_of(memory& from);

/// What a handler of `method target` answers, found and run as the listener would, without any socket.
struct answered {
    int status = 0;
    std::string body;
};
answered ask(services& with, std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view content_type = "application/json");

/// A client of raw bytes.
class raw_client
{
public:
    explicit raw_client(std::uint16_t port);
    ~raw_client();

    void send(std::string_view bytes);
    /// Stops sending; the server sees the end.
    void finish();
    /// What comes until the server closes.
    std::string read_all();
    /// What comes until `end` is among it, or the server closes.
    std::string read_until(std::string_view end);

private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

/// Sends `bytes` on a connection of their own and returns all that comes back.
std::string exchange_raw(std::uint16_t port, std::string_view bytes);

/// The three digits of a response's status line.
std::string status_of(std::string_view response);
std::string body_of(std::string_view response);

} // namespace weir::api::test
