#include "api/failure.hpp"

#include "api/write_json.hpp"
#include "storage/errors.hpp"

namespace weir::api
{
namespace
{

struct category final : boost::system::error_category {
    char const* name() const noexcept override { return "weir.api"; }

    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::invalid: return "the request is not valid";
        case errc::unauthorized: return "the API key is missing or wrong";
        case errc::forbidden: return "requests from other web pages are refused";
        case errc::no_route: return "no such path";
        case errc::not_found: return "not found";
        case errc::wrong_method: return "this path does not have that method";
        case errc::conflict: return "conflicts with what there is";
        case errc::unprocessable: return "the request is not valid";
        case errc::too_large: return "the body is too large";
        case errc::not_json: return "the body must be JSON, with Content-Type: application/json";
        case errc::misdirected: return "this Host is not served here; see admin.public_url";
        case errc::head_too_large: return "the request's head is too large";
        case errc::not_ready: return "not ready";
        }
        return "unknown";
    }
};

} // namespace

boost::system::error_code make_error_code(errc code)
{
    static category const instance;
    return {static_cast<int>(code), instance};
}

failure invalid(std::string_view text) { return {errc::invalid, text}; }

failure not_found(std::string_view text) { return {errc::not_found, text}; }

failure conflict(std::string_view text) { return {errc::conflict, text}; }

failure unprocessable(std::string_view text, std::string_view place)
{
    failure why(errc::unprocessable, text);
    why.place = place;
    return why;
}

int status_for(boost::system::error_code code)
{
    if (code == errc::invalid) return 400;
    if (code == errc::unauthorized) return 401;
    if (code == errc::forbidden) return 403;
    if (code == errc::no_route || code == errc::not_found || code == storage::errc::not_found) return 404;
    if (code == errc::wrong_method) return 405;
    if (code == errc::conflict || code == storage::errc::conflict) return 409;
    if (code == errc::too_large) return 413;
    if (code == errc::not_json) return 415;
    if (code == errc::misdirected) return 421;
    if (code == errc::unprocessable) return 422;
    if (code == errc::head_too_large) return 431;
    if (code == errc::not_ready || code == storage::errc::busy || code == storage::errc::timed_out ||
        code == storage::errc::full || code == boost::system::errc::operation_canceled)
        return 503;
    return 500; // a bug or a broken disk: logged where it arose
}

std::string text_for(failure const& why)
{
    if (!why.text.empty()) return why.text;
    if (why.code.category() == make_error_code(errc::invalid).category()) return why.code.message();
    switch (status_for(why.code)) {
    case 404: return "not found";
    case 409: return "conflicts with what there is";
    case 503: return "the store is busy or unavailable; try again";
    default: return "internal error; the log says more";
    }
}

std::string failure_body(failure const& why)
{
    std::string body = R"({"data":null,"error":)";
    write_string(text_for(why), body);
    body += why.code == errc::unauthorized ? R"(,"trace":"isAuthenticated.error"})" : "}";
    return body;
}

} // namespace weir::api
