#pragma once

#include "api/server.hpp"
#include "api/services.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the tests of the admin side share.
namespace weir::api::test
{

/// The UUID of the n-th row of a test: 00000000-0000-7000-8000-00000000000n.
storage::uuid numbered(unsigned n);

/// A recorded call with something in every column.
storage::request_record full_row();

/// A record in a file of its own, and services that use it.
struct stored_record : storage::fresh_database {
    storage::query_threads readers{path, storage::connection::mode::read_only, 1, 100};
    storage::query_threads writer{path, storage::connection::mode::read_write, 1, 100};
    services with;

    stored_record();

    /// Adds calls, those that have bodies with these.
    void add(std::vector<storage::request_record> rows, storage::bodies const& content = {});

    /// The first value of a query; "NULL" for none.
    std::string value_of(std::string_view sql);
};

/// Such a record behind a listener, whose faults are kept.
struct served_record : stored_record {
    served_record();

    /// The port.
    std::uint16_t start();

    server_options options;
    std::mutex guard; ///< of reported
    std::string reported;
    std::optional<server> running; ///< last: gone before what it uses
};

/// What a handler of `method target` answers, found and run as the listener would, without any socket. The body of a
/// success is held against its published schema.
struct answered {
    int status = 0;
    std::string body;
    std::string request_id; ///< what stands in helicone-id
};
answered ask(services& with, std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view content_type = "application/json", header_fields headers = {});

/// An endpoint's path with something in the place of its parameters.
std::string concrete(std::string_view path);

/// What a success says, and what a failure says.
boost::json::value data_of(answered const& said);
std::string error_of(answered const& said);

/// A body, and the error that says what is wrong with it.
struct wrong_body {
    std::string body, error;
};
/// Asserts that each is 400 with its error.
void expect_each_refused(services& with, std::string_view method, std::string_view target,
                         std::initializer_list<wrong_body> bodies);

/// 2024-01-15T12:00:00Z, a Monday.
inline constexpr std::int64_t noon_us = 1'705'320'000'000'000;
inline constexpr std::int64_t second_us = 1'000'000, hour_us = 3600 * second_us, day_us = 24 * hour_us;

inline constexpr storage::organization_id other_organization{2};

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
