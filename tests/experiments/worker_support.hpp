#pragma once

#include "storage/collect.hpp"
#include "storage/connection.hpp"
#include "tests/support/http.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// What the tests of those who make calls of weir's own share.
namespace weir::experiments
{

/// What the database answered; the test ends when it refused.
template <class T>
T must(storage::result<T> got)
{
    BOOST_REQUIRE_MESSAGE(got.has_value(), "the database refused");
    return std::move(*got);
}

inline void must(storage::result<void> done) { BOOST_REQUIRE(done.has_value()); }

/// A provider's answer of this status, with lines of its head beside.
inline std::string refused(std::string_view status, std::string_view fields = "")
{
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 31\r\nContent-Type: application/json\r\n" +
           std::string(fields) + "\r\n" + R"({"error":{"message":"not now"}})";
}

/// A gateway, its database, and a provider that the test plays.
struct with_gateway {
    explicit with_gateway(test::running_gateway::change const& adjust = {},
                          std::map<std::string, std::string> environment = {})
        : weir(adjust, std::move(environment))
    {
    }

    test::running_gateway weir;
    storage::connection db = must(storage::connection::open(weir.database(), storage::connection::mode::read_write));

    /// Accepts a call, and answers it once the whole of it has come.
    test::message serve(std::string_view with)
    {
        auto provider = weir.provider.accept();
        auto asked = test::read_request(provider);
        provider.send(with);
        return asked;
    }

    std::int64_t count(std::string const& sql) { return must(storage::first_value<std::int64_t>(db.query(sql))); }

    /// Lets a worker do its work through the gateway.
    template <class Options>
    void connect(Options& options)
    {
        options.path = weir.database();
        options.connect = [this](storage::organization_id whose, std::optional<storage::lent_key> const& key) {
            return weir.gateway().connect(whose, key);
        };
        options.vault = &weir.vault();
    }
};

} // namespace weir::experiments
