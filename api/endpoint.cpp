#include "api/endpoint.hpp"

#include "api/promptlayer/failure_body.hpp"
#include "api/read_json.hpp"
#include "api/write_json.hpp"
#include "net/nearest.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>

namespace json = boost::json;

namespace weir::api
{
namespace
{

bool is_json(std::string_view content_type)
{
    auto const type = net::trimmed(content_type.substr(0, content_type.find(';')));
    return net::iequals(type, "application/json") ||
           (net::istarts_with(type, "application/") && type.ends_with("+json"));
}

using problem = std::optional<failure>;

std::string value_of(header_fields const& fields, std::string_view name)
{
    for (auto const& [field, value] : fields)
        if (net::iequals(field, name)) return value;
    return {};
}

problem bind_body(field const& f, incoming& came, void* request)
{
    if (f.of->is == kind::file) {
        *static_cast<file_body*>(f.at(request)) = {std::move(came.file), value_of(came.headers, "Content-Encoding")};
        return {};
    }
    if (f.of->is == kind::bytes) {
        *static_cast<raw_body*>(f.at(request)) = {std::exchange(came.body, {}), came.content_type,
                                                  value_of(came.headers, "Content-Encoding")};
        return {};
    }
    if (came.body.empty() && !f.required) return {};
    if (!came.body.empty() && !is_json(came.content_type))
        return invalid("Content-Type: must be application/json, and the body JSON");
    auto const text = std::exchange(came.body, {});
    json::value parsed;
    if (came.parsed)
        parsed = std::move(*came.parsed);
    else if (auto bad = parse_json(text, parsed, f.name))
        return invalid(*bad);
    auto const unknown = came.speaks == dialect::promptlayer ? unknown_members::ignored : unknown_members::refused;
    if (auto bad = read_json(parsed, *f.of, f.at(request), f.name, false, unknown)) return invalid(*bad);
    return {};
}

/// A parameter is text; given more than once, it is an array.
problem bind_parameter(field const& f, incoming::parameters const& given, void* request)
{
    json::array values;
    for (auto const& [name, value] : given)
        if (name == f.name) values.emplace_back(value);
    if (values.empty()) {
        if (f.required) return invalid(std::string(f.name) + ": is required");
        return {};
    }
    auto const value = values.size() == 1 ? std::move(values.front()) : json::value(std::move(values));
    if (auto bad = read_json(value, *f.of, f.at(request), f.name, true)) return invalid(*bad);
    return {};
}

/// A query parameter that is none, but was most likely meant to be one. Others are let be: proxies and tools add some.
problem misspelt_parameter(endpoint const& self, incoming::parameters const& given)
{
    std::vector<std::string_view> known;
    for (auto const& f : self.request->fields)
        if (part_of(self, f) == request_part::query) known.push_back(f.name);
    for (auto const& [name, value] : given) {
        if (std::ranges::find(known, name) != known.end()) continue;
        if (auto const meant = net::nearest(name, known); !meant.empty())
            return invalid(name + ": unknown parameter; did you mean \"" + std::string(meant) + "\"?");
    }
    return {};
}

/// What cannot be read is PromptLayer's 422.
failure said_in(dialect speaks, failure why, request_part part)
{
    if (speaks != dialect::promptlayer || why.code != errc::invalid) return why;
    return unprocessable(why.text, part == request_part::path    ? "path"
                                   : part == request_part::query ? "query"
                                                                 : "body");
}

/// Why a key with these permissions does not suffice, or nothing.
std::optional<failure> forbids(endpoint const& self, storage::key_permissions permissions, dialect speaks)
{
    bool const reads = storage::may_read(permissions), writes = storage::may_write(permissions);
    if (!reads && self.needs != access::log)
        return failure(speaks == dialect::promptlayer ? errc::forbidden : errc::unauthorized,
                       "this API key may not read: use one with the permission r");
    if (!writes && self.needs != access::read)
        return failure(errc::forbidden, "this API key may only read: this needs one with the permissions rw");
    return {};
}

} // namespace

std::string_view name_of(verb method)
{
    switch (method) {
    case verb::get: return "GET";
    case verb::post: return "POST";
    case verb::put: return "PUT";
    case verb::patch: return "PATCH";
    case verb::delete_: return "DELETE";
    }
    return "";
}

request_part part_of(endpoint const& self, field const& member)
{
    bool in_path = false;
    detail::for_each_parameter(self.path, [&](std::string_view name) { in_path |= name == member.name; });
    if (in_path) return request_part::path;
    if (member.name == "headers") return request_part::headers;
    return member.name == "body" ? request_part::body : request_part::query;
}

kind body_kind(endpoint const& self)
{
    for (auto const& f : self.request->fields)
        if (part_of(self, f) == request_part::body) return f.of->is;
    return kind::null;
}

std::string described_path(endpoint const& of)
{
    std::string path(of.path);
    if (auto const mark = path.find(detail::rest_mark); mark != path.npos) path.erase(mark, detail::rest_mark.size());
    return path;
}

reply reply_for(failure const& why, dialect speaks)
{
    reply made{.status = status_for(why.code),
               .body = speaks == dialect::promptlayer ? promptlayer::failure_body(why) : failure_body(why)};
    if (made.status == 500) made.fault = why.code.message();
    return made;
}

namespace detail
{

result<void> bind(endpoint const& self, incoming& came, services const& with, void* request)
{
    if (auto why = forbids(self, with.permissions, came.speaks)) return *why;
    for (auto const& f : self.request->fields) {
        problem bad;
        auto const part = part_of(self, f);
        switch (part) {
        case request_part::path: bad = bind_parameter(f, came.path, request); break;
        case request_part::query: bad = bind_parameter(f, came.query, request); break;
        case request_part::body: bad = bind_body(f, came, request); break;
        case request_part::headers: *static_cast<header_fields*>(f.at(request)) = came.headers; break;
        }
        if (bad) return said_in(came.speaks, *bad, part);
    }
    if (came.speaks == dialect::promptlayer) return {};
    if (auto bad = misspelt_parameter(self, came.query)) return *bad;
    return {};
}

boost::asio::awaitable<reply> refuse(failure why, dialect speaks) { co_return reply_for(why, speaks); }

reply reply_with(endpoint const& self, void const* answer, int status)
{
    reply made{.status = status};
    switch (self.form) {
    case reply_form::envelope:
        made.body = R"({"data":)";
        write_json(answer, *self.answer, made.body);
        made.body += R"(,"error":null})";
        break;
    case reply_form::bare: write_json(answer, *self.answer, made.body); break;
    case reply_form::text: {
        auto const& text = *static_cast<plain_text const*>(answer);
        made.content_type = text.type;
        made.body = text.value;
        made.request_id = text.request_id;
        break;
    }
    case reply_form::pieces: {
        auto const& text = *static_cast<text_in_pieces const*>(answer);
        made.content_type = text.type;
        made.body = text.first;
        made.more = text.next;
        break;
    }
    case reply_form::empty: break;
    }
    return made;
}

} // namespace detail
} // namespace weir::api
