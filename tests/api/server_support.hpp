#pragma once

#include "support.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <future>
#include <string>
#include <string_view>

/// What the tests of the admin side's listener share.
namespace weir::api::test
{

namespace asio = boost::asio;

struct server_fixture : served_record {
    server_fixture()
    {
        add({full_row()});
        with.metrics = [] { return std::string("weir_up 1\n"); };
        options.public_url = "https://weir.example.com";
    }
};

inline std::string get(std::string_view path, std::string_view fields = {})
{
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + std::string(fields) +
           "\r\n";
}

inline std::size_t count(std::string_view text, std::string_view part)
{
    std::size_t n = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

/// Who calls is told after `wait`; `asked` is told when that is asked.
inline auto slow_identity(std::promise<void>& asked, std::chrono::milliseconds wait)
{
    return [&asked, wait](std::string) -> asio::awaitable<result<caller>> {
        asked.set_value();
        asio::steady_timer timer(co_await asio::this_coro::executor, wait);
        co_await timer.async_wait(asio::use_awaitable);
        co_return storage::default_organization;
    };
}

inline constexpr std::string_view row_path = "/v1/request/00000000-0000-7000-8000-000000000001";

} // namespace weir::api::test
