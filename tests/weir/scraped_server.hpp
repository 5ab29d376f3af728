#pragma once

#include "tests/support/exposition.hpp"
#include "tests/support/http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace weir
{

/// A server whose OpenAI the test plays itself.
struct scraped_server {
    /// `arguments` stand behind those of every such server.
    explicit scraped_server(std::vector<std::string> const& arguments = {})
        : server(command(provider.port(), arguments), folder.file(""))
    {
    }
    ~scraped_server() { server.signal(SIGTERM); }

    std::map<std::string, test::metric> scrape()
    {
        auto client = test::connection::to(server.port_of("admin"));
        client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        auto const answer = test::read_response(client);
        BOOST_TEST(answer.status() == 200U);
        BOOST_TEST(answer.field("content-type") == "text/plain; version=0.0.4; charset=utf-8");
        return test::read_exposition(answer.body);
    }

    test::temp_folder folder;
    test::listener provider;
    test::process server;

private:
    static std::vector<std::string> command(std::uint16_t provider_port, std::vector<std::string> const& arguments)
    {
        std::vector<std::string> all{"serve",
                                     "--gateway-listen",
                                     "127.0.0.1:0",
                                     "--admin-listen",
                                     "127.0.0.1:0",
                                     "--set",
                                     "providers.openai.base_url=http://127.0.0.1:" + std::to_string(provider_port)};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return all;
    }
};

} // namespace weir
