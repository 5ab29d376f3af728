#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace weir::api
{

/// Why a handler has no answer. The text goes to the client as it stands, so it says only what the client may know;
/// where there is none, the client gets a general sentence for the code.
struct failure {
    boost::system::error_code code;
    std::string text;
    std::string_view place = "body";    ///< of errc::unprocessable: body, query or path
    std::vector<std::string> trace_ids; ///< of a conflict: the traces that are closed

    failure() = default; // boost::system::result asks for it
    failure(boost::system::error_code c, std::string_view t = {})
        : code(c)
        , text(t)
    {
    }
};

/// A handler's answer or why there is none. `co_return error_code` works, too.
template <class T>
using result = boost::system::result<T, failure>;

/// What the admin side itself refuses.
enum class errc {
    invalid = 1,    ///< 400: a value that cannot be, named by its path
    unauthorized,   ///< 401
    forbidden,      ///< 403: a browser's page from elsewhere, or a key that may not do this
    no_route,       ///< 404: no such path
    not_found,      ///< 404: no such thing, or another organisation's
    wrong_method,   ///< 405
    conflict,       ///< 409: a taken name, a broken rule
    unprocessable,  ///< 422: as invalid, in PromptLayer's dialect
    too_large,      ///< 413
    not_json,       ///< 415: a trace of another type
    misdirected,    ///< 421: a Host that is not weir's
    head_too_large, ///< 431
    not_ready,      ///< 503
};

boost::system::error_code make_error_code(errc code);

failure invalid(std::string_view text);
failure not_found(std::string_view text);
failure conflict(std::string_view text);
/// `text` begins with the path of what is wrong: "tags[0]: …". `place` says what the path is in.
failure unprocessable(std::string_view text, std::string_view place = "body");

/// The HTTP status of an error, wherever it comes from: the one place where that is decided.
int status_for(boost::system::error_code code);

/// What the client is told: the failure's own text, or a general one that keeps internal matters inside.
std::string text_for(failure const& why);

/// `{"data":null,"error":"…"}`, and the reference's `"trace"` where a key is missing or wrong.
std::string failure_body(failure const& why);

} // namespace weir::api

template <>
struct boost::system::is_error_code_enum<weir::api::errc> : std::true_type {
};
