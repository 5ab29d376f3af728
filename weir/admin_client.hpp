#pragma once

#include "net/url.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir
{

/// What the admin side answered that was not what was asked for, or why it could not be asked: one line for people.
struct admin_error : std::runtime_error {
    using std::runtime_error::runtime_error;
    admin_error(std::string const& what, unsigned answered, std::string said)
        : std::runtime_error(what)
        , status(answered)
        , reason(std::move(said))
    {
    }

    unsigned status = 0; ///< of the answer; 0: there was none
    std::string reason;  ///< in the answer's own words
};

/// Asks the REST API of a running weir, one call after the other over one connection. One thread. An answer may take
/// some minutes.
class admin_client
{
public:
    /// `key`: an API key of weir's, or empty.
    admin_client(net::url where, std::string key);
    ~admin_client();

    /// Makes sure that weir's admin side is there, without the key. Throws admin_error that says what is not so.
    void check();

    /// Has the next call make a connection: the last one may have been broken off.
    void reconnect();

    /// `data` of the answer. Throws admin_error.
    boost::json::value get(std::string_view path);
    boost::json::value post(std::string_view path, boost::json::value const& body = boost::json::object());

private:
    class connection;
    struct answered {
        unsigned status = 0;
        boost::json::value said; ///< null when it is no JSON
    };
    answered send(std::string_view method, std::string_view path, std::string const& body, std::string const& key);
    boost::json::value ask(std::string_view method, std::string_view path, std::string const& body);

    net::url const where_;
    std::string const key_;
    std::unique_ptr<connection> connection_;
};

} // namespace weir
