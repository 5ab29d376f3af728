#pragma once

#include "api/dialect.hpp"
#include "api/failure.hpp"
#include "api/services.hpp"
#include "api/shape.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Endpoints are data. An entry names a method, a path and a handler; routing, reading with errors that name the field,
/// writing and the OpenAPI document all follow from it. docs/api.md shows how to add one.
namespace weir::api
{

enum class verb : std::uint8_t { get, post, put, patch, delete_ };

/// "GET"
std::string_view name_of(verb method);

/// What the key of a call must allow.
enum class access : std::uint8_t {
    read,   ///< reading
    change, ///< reading and writing
    log,    ///< writing: the call adds to the record, and is told nothing of it
};

/// How an answer is sent.
enum class reply_form : std::uint8_t {
    envelope, ///< `{"data":…,"error":null}`
    bare,     ///< the answer itself, as JSON
    text,     ///< the answer itself, as text
    empty,    ///< 204
    pieces,   ///< text of any length, as it becomes known
};

/// Answers that are not put into the envelope.
template <class T>
struct bare {
    T value;
};
/// As `bare`, with another status than 200.
template <class T, int Status>
struct sent_with {
    T value;
};
template <class T>
using created = sent_with<T, 201>;
template <class T>
using accepted = sent_with<T, 202>;
/// As `bare`, with one of these statuses: which it is depends on what was done.
template <class T, int... Statuses>
struct sent_with_one_of {
    T value;
    int status;
};
struct plain_text {
    std::string value;
    std::string_view type = "text/plain; charset=utf-8";
    std::string request_id{}; ///< sent as `helicone-id`, if it is not empty
};
struct no_content {
};

/// Makes the next piece of a body; an empty one is the end. An error breaks the body off, and the connection with it.
using piece_source = std::function<boost::asio::awaitable<boost::system::result<std::string>>()>;

/// Text that is sent piece by piece, each when the client has taken the one before. What fails before the first piece
/// is an answer of its own, so that one is made by the handler.
struct text_in_pieces {
    std::string first;
    piece_source next;
    std::string_view type;
};

/// For an endpoint without path, query or body.
struct nothing {
};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

/// One call's parts, as text.
struct incoming {
    using parameters = std::vector<std::pair<std::string, std::string>>;

    parameters path;  ///< decoded, by the names in the endpoint's path
    parameters query; ///< decoded, in the order given
    header_fields headers{};
    std::string content_type;
    std::string body{};
    std::shared_ptr<spooled_body> file{};       ///< in its place, where the endpoint wants a file_body
    std::optional<boost::json::value> parsed{}; ///< the body as JSON, where it had to be read before
    dialect speaks = dialect::helicone;         ///< that of the endpoint's group
};

struct reply {
    int status = 200;
    std::string_view content_type = "application/json";
    std::string body{};
    std::string allow{};      ///< the Allow field of a 405
    std::string request_id{}; ///< the helicone-id field, where there is one
    piece_source more{};      ///< what follows the body; none: nothing
    std::string fault{};      ///< of weir's own, for the log; else empty
};

/// One endpoint.
///
/// The request type's members are told apart by their names: one that stands in the path as `{name}` is the path's; one
/// called `body` is the JSON body, a raw_body or a file_body; one called `headers` has the fields of the head
/// (header_fields); all others are query parameters. One that the path has as `{name...}` is all of the path up to what
/// follows there, slashes included.
struct endpoint {
    verb method;
    std::string_view path;
    std::string_view operation; ///< OpenAPI's operationId
    std::string_view summary;
    shape const* request;
    shape const* answer; ///< none for reply_form text, empty and pieces
    reply_form form;
    boost::asio::awaitable<reply> (*run)(endpoint const& self, incoming came, services& with);
    access needs;
    std::span<int const> statuses; ///< that a success may have
};

/// Where a member of the request type comes from.
enum class request_part : std::uint8_t { path, query, body, headers };
request_part part_of(endpoint const& self, field const& member);
/// What kind of body it reads; kind::null: none.
kind body_kind(endpoint const& self);

/// The endpoints of one file, under one of OpenAPI's tags.
struct group {
    std::string_view tag;
    std::span<endpoint const> endpoints;
    bool is_open = false; ///< whether they are served without a key
    dialect speaks = dialect::helicone;
};

reply reply_for(failure const& why, dialect speaks = dialect::helicone);

/// The endpoint's path as OpenAPI writes it.
std::string described_path(endpoint const& of);

namespace detail
{

template <int... Status>
inline constexpr std::array<int, sizeof...(Status)> status_list{Status...};

/// Of answers that have always the same status.
template <int Status>
struct always {
    static constexpr std::span<int const> statuses{status_list<Status>};
    template <class Answer>
    static int status(Answer const&)
    {
        return Status;
    }
};

template <class Answer>
struct answer_traits : always<200> {
    static constexpr reply_form form = reply_form::envelope;
    static constexpr shape const* of = &shape_of<Answer>;
    static void const* data(Answer const& answer) { return &answer; }
};
template <class T>
struct answer_traits<bare<T>> : always<200> {
    static constexpr reply_form form = reply_form::bare;
    static constexpr shape const* of = &shape_of<T>;
    static void const* data(bare<T> const& answer) { return &answer.value; }
};
template <class T, int Status>
struct answer_traits<sent_with<T, Status>> : always<Status> {
    static constexpr reply_form form = reply_form::bare;
    static constexpr shape const* of = &shape_of<T>;
    static void const* data(sent_with<T, Status> const& answer) { return &answer.value; }
};
template <class T, int... Statuses>
struct answer_traits<sent_with_one_of<T, Statuses...>> {
    static constexpr reply_form form = reply_form::bare;
    static constexpr shape const* of = &shape_of<T>;
    static constexpr std::span<int const> statuses{status_list<Statuses...>};
    static void const* data(sent_with_one_of<T, Statuses...> const& answer) { return &answer.value; }
    static int status(sent_with_one_of<T, Statuses...> const& answer) { return answer.status; }
};
template <>
struct answer_traits<plain_text> : always<200> {
    static constexpr reply_form form = reply_form::text;
    static constexpr shape const* of = nullptr;
    static void const* data(plain_text const& answer) { return &answer; }
};
template <>
struct answer_traits<no_content> : always<204> {
    static constexpr reply_form form = reply_form::empty;
    static constexpr shape const* of = nullptr;
    static void const* data(no_content const&) { return nullptr; }
};
template <>
struct answer_traits<text_in_pieces> : always<200> {
    static constexpr reply_form form = reply_form::pieces;
    static constexpr shape const* of = nullptr;
    static void const* data(text_in_pieces const& answer) { return &answer; }
};

template <class H>
struct handler_traits; // a handler is: awaitable<result<Answer>> handler(Request, services&)
template <class A, class R>
struct handler_traits<boost::asio::awaitable<result<A>> (*)(R, services&)> {
    using request = R;
    using answer = A;
};

/// Fills the request from what came, and takes the body out of it. What is wrong is returned: also that the key does
/// not suffice.
result<void> bind(endpoint const& self, incoming& came, services const& with, void* request);
reply reply_with(endpoint const& self, void const* answer, int status);
/// What is answered without asking anyone.
boost::asio::awaitable<reply> refuse(failure why, dialect speaks);

template <class Answer>
boost::asio::awaitable<reply> send(endpoint const& self, boost::asio::awaitable<result<Answer>> asked, dialect speaks)
{
    using sent = answer_traits<Answer>;
    auto answer = co_await std::move(asked);
    if (!answer) co_return reply_for(answer.error(), speaks);
    co_return reply_with(self, sent::data(*answer), sent::status(*answer));
}

/// Is no coroutine itself: there is one of these for each endpoint, and coroutines take long to compile.
template <auto Handler>
boost::asio::awaitable<reply> run(endpoint const& self, incoming came, services& with)
{
    typename handler_traits<decltype(Handler)>::request request;
    if (auto bound = bind(self, came, with, &request); !bound) return refuse(std::move(bound.error()), came.speaks);
    return send(self, Handler(std::move(request), with), came.speaks);
}

constexpr bool has_field(shape const& of, std::string_view name)
{
    for (auto const& f : of.fields)
        if (f.name == name) return true;
    return false;
}

/// What stands behind the name of a parameter that takes the rest of a path.
inline constexpr std::string_view rest_mark = "...";

/// Calls `use` with each name between braces.
template <class Use>
constexpr void for_each_parameter(std::string_view path, Use use)
{
    for (;;) {
        auto const open = path.find('{');
        if (open == path.npos) return;
        auto const close = path.find('}', open);
        auto name = path.substr(open + 1, close - open - 1);
        if (name.ends_with(rest_mark)) name.remove_suffix(rest_mark.size());
        use(name);
        path.remove_prefix(close + 1);
    }
}

template <auto Handler>
consteval endpoint entry(verb method, std::string_view path, std::string_view operation, std::string_view summary)
{
    using traits = handler_traits<decltype(Handler)>;
    using answer = answer_traits<typename traits::answer>;
    auto const* request = &shape_of<typename traits::request>;
    if (path.empty() || path.front() != '/') throw "a path begins with a slash";
    for_each_parameter(path, [request](std::string_view name) {
        if (!has_field(*request, name)) throw "the path names a parameter that the request type does not have";
    });
    if (method == verb::get && has_field(*request, "body")) throw "GET has no body";
    auto const needs = method == verb::get || method == verb::post ? access::read : access::change;
    return {method,     path,         operation,     summary, request,
            answer::of, answer::form, &run<Handler>, needs,   answer::statuses};
}

/// Equal but for the names of parameters.
constexpr bool same_path(std::string_view a, std::string_view b)
{
    while (!a.empty() && !b.empty()) {
        if (a.front() != b.front()) return false;
        if (a.front() == '{') {
            a.remove_prefix(a.find('}'));
            b.remove_prefix(b.find('}'));
        }
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.empty() && b.empty();
}

} // namespace detail

/// Entries: `get<by_id>("/v1/request/{requestId}", "GetRequestById", "One recorded request")`. A path whose parameters
/// the request type does not have does not compile.
template <auto Handler>
consteval endpoint get(std::string_view path, std::string_view operation, std::string_view summary)
{
    return detail::entry<Handler>(verb::get, path, operation, summary);
}
template <auto Handler>
consteval endpoint post(std::string_view path, std::string_view operation, std::string_view summary)
{
    return detail::entry<Handler>(verb::post, path, operation, summary);
}
template <auto Handler>
consteval endpoint put(std::string_view path, std::string_view operation, std::string_view summary)
{
    return detail::entry<Handler>(verb::put, path, operation, summary);
}
template <auto Handler>
consteval endpoint patch(std::string_view path, std::string_view operation, std::string_view summary)
{
    return detail::entry<Handler>(verb::patch, path, operation, summary);
}
template <auto Handler>
consteval endpoint delete_(std::string_view path, std::string_view operation, std::string_view summary)
{
    return detail::entry<Handler>(verb::delete_, path, operation, summary);
}

/// A POST mostly asks; one that changes something is `changes(post<…>(…))`, and one that only adds to the record is
/// `logs(post<…>(…))`. PUT, PATCH and DELETE change.
consteval endpoint changes(endpoint entry)
{
    entry.needs = access::change;
    return entry;
}
consteval endpoint logs(endpoint entry)
{
    entry.needs = access::log;
    return entry;
}

/// Whether no two entries share a method and a path, nor an operationId.
constexpr bool each_is_unique(std::span<endpoint const> endpoints)
{
    for (std::size_t i = 0; i < endpoints.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            auto const &a = endpoints[i], &b = endpoints[j];
            if (a.operation == b.operation) return false;
            if (a.method == b.method && detail::same_path(a.path, b.path)) return false;
        }
    return true;
}

} // namespace weir::api
