#pragma once

#include "gateway/upstream/connector.hpp"
#include "net/deadline.hpp"
#include "net/url.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir::gateway
{

/// A POST of JSON to somebody who is no provider.
struct post_request {
    net::origin to;
    bool any_address = false; ///< private ones are fine
    std::string target;       ///< path and query
    std::string fields;       ///< further ones, each with its line end
    std::string body;
    net::clock::time_point until; ///< for all of it
};

/// The status of the answer; 0 when none came, and why.
struct post_result {
    unsigned status = 0;
    std::string problem;
};

/// Sends one over a connection of its own, and reads the head of the answer. One network thread.
class json_post
{
public:
    explicit json_post(connect_context& with);
    json_post(json_post const&) = delete;
    json_post& operator=(json_post const&) = delete;

    boost::asio::awaitable<post_result> run(post_request what);

    /// Ends it early: what is waited for fails.
    void cancel();

private:
    boost::asio::awaitable<post_result> exchange(post_request const& what);

    connect_context& with_;
    net::deadline whole_;
    connect_attempt* connecting_ = nullptr;
    upstream_connection* connection_ = nullptr;
    bool cancelled_ = false;
};

} // namespace weir::gateway
