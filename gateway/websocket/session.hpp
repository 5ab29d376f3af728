#pragma once

#include "gateway/client_stream.hpp"
#include "gateway/exchange.hpp"
#include "gateway/upstream/connection.hpp"
#include "gateway/websocket/observer.hpp"
#include "gateway/worker.hpp"
#include "net/deadline.hpp"
#include "net/event.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

namespace weir::gateway::websocket
{

/// A websocket between a client and a provider who have agreed on it: what either sends goes to the other as it came,
/// and is observed on its way. Reading from one side waits for writing to the other; memory is what the two buffers and
/// the captures hold, and what the observers must of an event that comes in pieces, which is counted with the captures.
///
/// It ends when either connection breaks, when both sides have ended theirs, when the client or the provider does not
/// take what it is sent, or when both are silent. Once a side has sent a close frame or ended its connection, the other
/// has `closing_time` to say something.
class session
{
public:
    static constexpr std::chrono::seconds closing_time{10};

    struct options {
        std::string provider;               ///< weir's id of it
        std::chrono::milliseconds patience; ///< with silence, and with a side that does not read
        net::clock::time_point started;     ///< when the call began
        bool is_recorded = true;            ///< else nothing is copied or read
    };

    session(worker& on, client_stream& client, upstream_connection& provider, exchange& record, options how);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session();

    /// Carries the session to its end and notes in the record how it ended. Whoever wants it to end before cancels or
    /// closes either stream.
    boost::asio::awaitable<void> run();

private:
    enum class ending : unsigned char { none, client_left, client_stuck, provider_left, provider_stuck, silence };

    boost::asio::awaitable<void> upward();
    boost::asio::awaitable<void> downward();
    boost::asio::awaitable<void> end_sending(net::stream& to, observer const& from);
    std::int64_t elapsed_us() const;
    void see(observer& from, std::string_view bytes);
    void moved();
    void fell_silent();
    bool is_end(boost::system::error_code error, observer const& from) const;
    void note(ending why);
    void fail(std::exception_ptr failure);
    void give_up(ending why);
    void conclude();
    std::string how_it_ended() const;

    worker& on_;
    client_stream& client_;
    upstream_connection& provider_;
    exchange& record_;
    options const how_;

    formats::realtime_tally events_;
    observer from_client_, from_provider_;
    observer const* first_to_close_ = nullptr;
    net::deadline silence_, to_client_, to_provider_;
    int writing_ = 0; ///< directions in which a write is under way, which has a deadline of its own
    net::event upward_ended_;
    bool one_ended_ = false; ///< a side has ended its connection
    bool over_ = false;      ///< nothing more is to be read or written
    ending ending_ = ending::none;
    std::exception_ptr failure_;
};

} // namespace weir::gateway::websocket
