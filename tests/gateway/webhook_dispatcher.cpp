#include "gateway/webhook_dispatcher.hpp"

#include "storage/collect.hpp"
#include "storage/webhooks.hpp"
#include "tests/support/running_gateway.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>

namespace weir::gateway
{
namespace
{

using namespace std::chrono_literals;

constexpr std::string_view message_of_a_call = R"({"request_id":"1"})";

/// One call to tell a receiver of, which the test plays itself, at https://hooks.example: an address of loopback, the
/// origin allowed or not.
struct told_over_tls {
    test::authority trusted;
    test::temp_folder folder;
    test::listener receiver;
    std::string const origin = "https://hooks.example:" + std::to_string(receiver.port());
    std::string address = "127.0.0.1"; ///< of the receiver's name
    bool is_allowed = true;            ///< by gateway.allowed_targets

    /// Has the call told until `meanwhile` is over.
    template <class Meanwhile>
    void tell(Meanwhile meanwhile)
    {
        test::running_gateway weir([this](auto& s) {
            if (is_allowed) s.gateway.allowed_targets = {origin};
        });
        auto db = note_delivery(weir.database());
        tls_client tls(folder.write("ca.pem", trusted.pem()));
        proxy_settings const no_proxy;
        upstream_load load(10);
        webhook_options options{
            .path = weir.database(),
            .first_retry = 1h, // so that there is one try
            .timeout = 30s,
            .message = [](auto&, auto const&, auto) { return std::string(message_of_a_call); },
            .may_send_to = [&weir](net::origin const& to) { return weir.gateway().may_send_webhooks_to(to); }};
        webhook_dispatcher dispatcher(
            std::move(options), tls, no_proxy, load,
            [this](std::string const& host, auto done) {
                if (host == "hooks.example") ++looked_up;
                done({}, {boost::asio::ip::make_address(address)});
            },
            weir.metrics());
        dispatcher.start();
        meanwhile();
        test::eventually([&] { return became(db) != "waits"; }, "an outcome of the delivery");
        outcome = became(db);
        counted_delivered = weir.metric(R"(weir_webhook_deliveries_total{result="delivered"})");
        counted_failed = weir.metric(R"(weir_webhook_deliveries_total{result="failed"})");
    }

    std::string outcome; ///< "delivered", or "failed": it is tried again later
    double counted_delivered = 0, counted_failed = 0;
    std::atomic<int> looked_up{0}; ///< the receiver's name

private:
    storage::connection note_delivery(std::string const& path) const
    {
        auto db = storage::connection::open(path, storage::connection::mode::read_write);
        BOOST_REQUIRE(db.has_value());
        BOOST_REQUIRE(storage::add_webhook(*db, {.destination = origin + "/hook?of=ann",
                                                 .version = "v",
                                                 .config = R"({"sampleRate":100,"propertyFilters":[]})",
                                                 .hmac_key = "k"})
                          .has_value());
        storage::request_record call;
        call.id = storage::row_id{1};
        BOOST_REQUIRE(storage::add_deliveries(*db, call, 1).has_value());
        return std::move(*db);
    }

    static std::string became(storage::connection& db)
    {
        auto const attempts = storage::collect_column<int>(db.query("SELECT attempts FROM webhook_delivery")).value();
        return attempts.empty() ? "delivered" : attempts.front() > 0 ? "failed" : "waits";
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_dispatchers)

BOOST_AUTO_TEST_CASE(pauses_grow_to_the_better_part_of_a_day)
{
    std::chrono::milliseconds const expected[] = {10s, 50s, 250s, 1250s, 6250s, 31'250s, 12h};
    std::chrono::milliseconds whole{0};
    for (int failures = 1; failures < webhook_dispatcher::most_attempts; ++failures) {
        auto const pause = webhook_dispatcher::pause_after(failures, 10s);
        BOOST_TEST(pause.count() == expected[failures - 1].count());
        whole += pause;
    }
    BOOST_TEST((whole > 20h && whole < 24h));
    BOOST_TEST((webhook_dispatcher::pause_after(3, 20h) == 12h));
}

BOOST_FIXTURE_TEST_CASE(a_receiver_whose_certificate_is_trusted_is_told_over_https, told_over_tls)
{
    test::tls_identity const identity(trusted, "hooks.example");

    tell([&] {
        test::tls_connection at(receiver.accept(), identity);
        BOOST_REQUIRE(at.is_open());
        auto const head = at.read_head();
        BOOST_TEST(at.server_name() == "hooks.example");
        BOOST_TEST(head.starts_with("POST /hook?of=ann HTTP/1.1\r\n"), head);
        BOOST_TEST(head.find("\r\nHost: hooks.example:" + std::to_string(receiver.port()) + "\r\n") != head.npos, head);
        BOOST_TEST(at.read_exactly(message_of_a_call.size()) == message_of_a_call);
        at.send("HTTP/1.1 204 No Content\r\n\r\n");
    });

    BOOST_TEST(outcome == "delivered");
    BOOST_TEST(counted_delivered == 1);
    BOOST_TEST(counted_failed == 0);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_with_a_certificate_of_an_unknown_authority_is_told_nothing, told_over_tls)
{
    test::authority const unknown;
    test::tls_identity const identity(unknown, "hooks.example");

    tell([&] {
        test::tls_connection at(receiver.accept(), identity);
        BOOST_CHECK_THROW(at.read_head(), std::runtime_error);
    });

    BOOST_TEST(outcome == "failed");
    BOOST_TEST(counted_delivered == 0);
    BOOST_TEST(counted_failed == 1);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_with_a_certificate_of_another_name_is_told_nothing, told_over_tls)
{
    test::tls_identity const identity(trusted, "other.example");

    tell([&] {
        test::tls_connection at(receiver.accept(), identity);
        BOOST_CHECK_THROW(at.read_head(), std::runtime_error);
    });

    BOOST_TEST(outcome == "failed");
    BOOST_TEST(counted_delivered == 0);
}

BOOST_FIXTURE_TEST_CASE(a_name_that_has_become_a_private_address_is_not_connected_to, told_over_tls)
{
    is_allowed = false;
    for (auto const* of_ours : {"127.0.0.1", "::ffff:127.0.0.1"}) { // at both the receiver would be reached
        BOOST_TEST_CONTEXT(of_ours)
        {
            address = of_ours;
            tell([] {});

            BOOST_TEST(outcome == "failed");
            BOOST_TEST(counted_failed == 1);
            BOOST_TEST(looked_up.exchange(0) == 1); // so that it was refused for its address
            BOOST_TEST(!receiver.is_called());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
