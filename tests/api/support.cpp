#include "support.hpp"

#include "api/endpoints.hpp"
#include "api/router.hpp"
#include "api/spooled_body.hpp"
#include "schema_check.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace weir::api::test
{

storage::uuid numbered(unsigned n)
{
    storage::uuid id;
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    id.bytes[15] = static_cast<unsigned char>(n);
    return id;
}

storage::request_record full_row()
{
    storage::request_record row;
    row.id = storage::row_id{1};
    row.request_id = numbered(1);
    row.client_chose_id = true;
    row.created_us = 1'700'000'000'123'456; // 2023-11-14T22:13:20.123456Z
    row.ended_us = row.created_us + 1'500'000;
    row.time_to_first_token_us = 250'500;
    row.method = "POST";
    row.provider = "openai";
    row.path = "/v1/chat/completions";
    row.target_url = "https://api.openai.com/v1/chat/completions";
    row.model = "gpt-4o-2024-08-06";
    row.request_model = "gpt-4o";
    row.response_model = "gpt-4o-2024-08-06";
    row.status = 200;
    row.user_id = "alice";
    row.properties = {{"b", "2"}, {"a", "1"}};
    row.prompt_id = "greeting";
    row.used.prompt = 12;
    row.used.completion = 30;
    row.used.total = 42;
    row.used.cache_read = 4;
    row.cost.nanos = 1'500'000;
    row.has_body = true;
    return row;
}

stored_record::stored_record()
{
    with.store = store(readers, writer, std::chrono::seconds(20));
    with.analysis = with.store;
}

void stored_record::add(std::vector<storage::request_record> rows, storage::bodies const& content)
{
    BOOST_REQUIRE(storage::insert(db, std::move(rows), content).has_value());
}

served_record::served_record()
{
    options.port = 0;
    options.report = [this](std::string_view what) {
        std::lock_guard const lock(guard);
        reported += what;
    };
}

std::uint16_t served_record::start()
{
    running.emplace(options, with);
    running->start();
    return running->port();
}

std::string stored_record::value_of(std::string_view sql)
{
    auto found = db.query(sql);
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->next());
    return found->get<std::optional<std::string>>(0).value_or("NULL");
}

namespace
{

/// What is said, and all pieces that follow; "BROKEN OFF" when one fails.
asio::awaitable<answered> whole_answer(endpoint const& asked, incoming came, services& with)
{
    auto said = co_await asked.run(asked, std::move(came), with);
    answered whole{said.status, said.body, said.request_id};
    while (said.more && !said.body.empty()) {
        auto next = co_await said.more();
        said.body = next ? *next : std::string();
        whole.body += next ? said.body : "BROKEN OFF";
    }
    co_return whole;
}

} // namespace

answered ask(services& with, std::string_view method, std::string_view target, std::string_view body,
             std::string_view content_type, header_fields headers)
{
    router const routes(all_endpoints());
    auto const question = target.find('?');
    auto const match = routes.find(method, target.substr(0, question));
    BOOST_REQUIRE(match.found);

    incoming came;
    came.speaks = match.speaks;
    came.path = match.path;
    if (question != target.npos) came.query = parse_query(target.substr(question + 1));
    if (body_kind(*match.found) == kind::file) {
        came.file = spooled_body::make("/tmp").value();
        BOOST_REQUIRE(came.file->append(body).has_value());
    } else {
        came.body = body;
    }
    came.content_type = content_type;
    came.headers = std::move(headers);

    answered result;
    asio::io_context context;
    asio::co_spawn(context, whole_answer(*match.found, std::move(came), with),
                   [&result](std::exception_ptr fault, answered said) {
                       BOOST_REQUIRE(!fault);
                       result = std::move(said);
                   });
    context.run();
    BOOST_REQUIRE_MESSAGE(result.status != 0, "the handler never finished");
    bool const is_described = match.found->form != reply_form::pieces;
    if (result.status < 300 && is_described)
        for (auto const& problem : problems_of_answer(*match.found, result.body)) BOOST_ERROR(problem);
    return result;
}

std::string concrete(std::string_view path)
{
    std::string out(path);
    for (auto open = out.find('{'); open != out.npos; open = out.find('{', open))
        out.replace(open, out.find('}', open) + 1 - open, "1");
    return out;
}

boost::json::value data_of(answered const& said)
{
    BOOST_TEST_REQUIRE(said.status == 200, said.body);
    auto parsed = boost::json::parse(said.body);
    BOOST_TEST(parsed.at("error").is_null());
    return std::move(parsed.at("data"));
}

std::string error_of(answered const& said)
{
    BOOST_TEST_REQUIRE(said.status >= 400, said.body);
    auto const parsed = boost::json::parse(said.body);
    BOOST_TEST(parsed.at("data").is_null());
    return std::string(parsed.at("error").as_string());
}

void expect_each_refused(services& with, std::string_view method, std::string_view target,
                         std::initializer_list<wrong_body> bodies)
{
    for (auto const& one : bodies) BOOST_TEST_CONTEXT(method << " " << target << " " << one.body)
        {
            auto const said = ask(with, method, target, one.body);
            BOOST_TEST(said.status == 400);
            auto const told = error_of(said);
            BOOST_TEST((told == one.error || told.starts_with(one.error + "; ")), told);
        }
}

struct raw_client::implementation {
    asio::io_context context;
    tcp::socket socket{context};
    std::string received;
};

raw_client::raw_client(std::uint16_t port)
    : self_(std::make_unique<implementation>())
{
    self_->socket.connect({asio::ip::address_v4::loopback(), port});
}

raw_client::~raw_client() = default;

void raw_client::send(std::string_view bytes)
{
    boost::system::error_code ignored; // the server may have closed: what it said is what counts
    asio::write(self_->socket, asio::buffer(bytes), ignored);
}

void raw_client::finish()
{
    boost::system::error_code ignored;
    self_->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

std::string raw_client::read_all()
{
    boost::system::error_code ended;
    asio::read(self_->socket, asio::dynamic_buffer(self_->received), ended);
    return std::exchange(self_->received, {});
}

std::string raw_client::read_until(std::string_view end)
{
    boost::system::error_code ended;
    auto const n = asio::read_until(self_->socket, asio::dynamic_buffer(self_->received), end, ended);
    auto const length = ended ? self_->received.size() : n;
    auto got = self_->received.substr(0, length);
    self_->received.erase(0, length);
    return got;
}

std::string exchange_raw(std::uint16_t port, std::string_view bytes)
{
    raw_client client(port);
    client.send(bytes);
    client.finish();
    return client.read_all();
}

std::string status_of(std::string_view response)
{
    return std::string(response.starts_with("HTTP/1.1 ") ? response.substr(9, 3) : "none");
}

std::string body_of(std::string_view response)
{
    auto const end = response.find("\r\n\r\n");
    return std::string(end == response.npos ? "" : response.substr(end + 4));
}

} // namespace weir::api::test
