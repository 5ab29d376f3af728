#include "api/server.hpp"

#include "api/connection.hpp"
#include "api/endpoints.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <future>
#include <set>
#include <stdexcept>
#include <thread>

namespace asio = boost::asio;
using asio::ip::tcp;
using weir::net::nothrow;

namespace weir::api
{
namespace
{

tcp::acceptor listen(asio::io_context& on, server_options const& options)
{
    auto const where = options.host + ":" + std::to_string(options.port);
    try {
        auto host = options.host == "*" ? std::string() : options.host;
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        tcp::resolver resolver(on);
        auto const found = resolver.resolve(host, std::to_string(options.port),
                                            tcp::resolver::passive | tcp::resolver::numeric_service);
        auto chosen = found.begin()->endpoint();
        for (auto const& other : found) // "localhost" is 127.0.0.1 to those who type it
            if (other.endpoint().address().is_v4()) {
                chosen = other.endpoint();
                break;
            }
        return tcp::acceptor(on, chosen, true);
    } catch (boost::system::system_error const& e) {
        throw std::runtime_error("cannot listen on " + where + " for the admin side (" + e.code().message() +
                                 "): choose another address with admin.listen");
    }
}

} // namespace

struct server::implementation {
    implementation(server_options options, services with)
        : acceptor(listen(context, options))
        , room(context)
        , shared(std::move(options), std::move(with), all_endpoints())
        , port(acceptor.local_endpoint().port())
    {
    }

    asio::awaitable<void> accept();
    void spawn(tcp::socket socket);
    void make_room();
    void drain();
    void cut_off();
    void run();

    asio::io_context context{1};
    tcp::acceptor acceptor;
    asio::steady_timer room; ///< cancelled when a connection ends
    shared_state shared;
    std::set<std::shared_ptr<open_connection>> open; ///< on the thread only
    std::uint16_t const port;
    std::promise<void> ended;
    std::thread thread;
};

void server::implementation::spawn(tcp::socket socket)
{
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto const client = std::make_shared<open_connection>(std::move(socket));
    open.insert(client);
    auto done = [this, client](std::exception_ptr fault) {
        open.erase(client);
        room.cancel();
        if (!fault || shared.draining) return; // cutting off ends coroutines by an exception
        try {
            std::rethrow_exception(fault);
        } catch (std::exception const& e) {
            shared.report(std::string("a connection of the admin side failed: ") + e.what());
        }
    };
    asio::co_spawn(context, serve(shared, *client),
                   asio::bind_cancellation_slot(client->cancel.slot(), std::move(done)));
}

/// Ends the connection that has waited longest for a request, if it had time to send one: else many that send none, or
/// half a one, would keep all others out.
void server::implementation::make_room()
{
    constexpr std::chrono::milliseconds least(250);
    std::shared_ptr<open_connection> oldest;
    for (auto const& client : open)
        if (!client->has_request && (!oldest || client->waits_since < oldest->waits_since)) oldest = client;
    if (oldest && std::chrono::steady_clock::now() - oldest->waits_since > least) oldest->stream.cancel();
}

asio::awaitable<void> server::implementation::accept()
{
    constexpr std::chrono::milliseconds pause(100), patience(50);
    while (!shared.draining) {
        if (open.size() >= shared.options.max_connections) {
            make_room();
            room.expires_after(patience);
            co_await room.async_wait(nothrow);
            continue;
        }
        auto [error, socket] = co_await acceptor.async_accept(nothrow);
        if (shared.draining) co_return;
        if (!error) {
            spawn(std::move(socket));
            continue;
        }
        // Out of descriptors, mostly: wait for some to come back instead of turning in a circle.
        shared.report("the admin side cannot accept a connection: " + error.message());
        room.expires_after(pause);
        co_await room.async_wait(nothrow);
    }
}

void server::implementation::drain()
{
    shared.draining = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    room.cancel();
    for (auto const& client : open)
        if (client->idle) client->stream.cancel();
}

void server::implementation::cut_off()
{
    auto const all = open; // cancelling may end one at once, and that changes `open`
    for (auto const& client : all) {
        client->cancel.emit(asio::cancellation_type::terminal);
        client->stream.close();
    }
}

void server::implementation::run()
{
    for (;;) {
        try {
            context.run();
            break;
        } catch (std::exception const& e) { // a bug; the other connections go on
            shared.report(std::string("the admin side: ") + e.what());
        }
    }
    ended.set_value();
}

server::server(server_options options, services with)
    : self_(std::make_unique<implementation>(std::move(options), std::move(with)))
{
}

server::~server() { stop(std::chrono::milliseconds(0)); }

std::uint16_t server::port() const { return self_->port; }

void server::start()
{
    auto* const self = self_.get();
    asio::co_spawn(self->context, self->accept(), [self](std::exception_ptr fault) {
        if (fault && !self->shared.draining) std::rethrow_exception(fault); // reported by run()
    });
    self->thread = std::thread([self] { self->run(); });
}

void server::stop(std::chrono::milliseconds grace)
{
    auto* const self = self_.get();
    if (!self->thread.joinable()) return;
    auto const over = self->ended.get_future();
    asio::post(self->context, [self] { self->drain(); });
    if (over.wait_for(grace) == std::future_status::timeout) asio::post(self->context, [self] { self->cut_off(); });
    self->thread.join();
}

} // namespace weir::api
