#include "api/router.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace weir::api
{
namespace
{

struct served {
    endpoint const* what;
    bool is_open;
    dialect speaks;
};

std::vector<std::string_view> segments_of(std::string_view path)
{
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    for (;;) {
        auto const slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == path.npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

/// What the last segment of a path may be in the table.
enum class last_segment : std::uint8_t { literal, any };

std::string decoded(std::string_view text) { return net::clean_text(net::percent_decoded(text)); }

/// Fills in what is found under a path: the endpoint that has the method, or which methods there are.
template <class Range>
bool choose(Range const& here, std::string_view method, router::match& to)
{
    auto const wanted = method == "HEAD" ? "GET" : method;
    for (served const& one : here) {
        auto const name = name_of(one.what->method);
        to.speaks = one.speaks;
        if (name == wanted) {
            to.found = one.what;
            to.is_open = one.is_open;
            to.allow.clear();
            return true;
        }
        if (!to.allow.empty()) to.allow += ", ";
        to.allow += name;
        if (one.what->method == verb::get) to.allow += ", HEAD";
    }
    return false;
}

} // namespace

/// An endpoint whose path has a parameter that takes any number of segments.
struct router::open_ended {
    std::string_view before, after; ///< the parameter, slashes included; without parameters of their own
    served one;
};

struct router::node {
    std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
    std::unique_ptr<node> parameter;
    std::vector<served> here;

    void add(served const& one)
    {
        auto const& what = *one.what;
        auto* at = this;
        for (auto const segment : segments_of(what.path)) {
            auto& next = segment.starts_with('{') ? at->parameter : at->literals[std::string(segment)];
            if (!next) next = std::make_unique<node>();
            at = next.get();
        }
        for (auto const& other : at->here)
            if (other.what->method == what.method)
                throw std::logic_error("two endpoints for " + std::string(name_of(what.method)) + " " +
                                       std::string(what.path));
        at->here.push_back(one);
    }

    /// Goes back where a literal leads nowhere. The depth is that of the table, however long the path is.
    node const* find(std::span<std::string const> path, std::vector<std::string>& values, last_segment last) const
    {
        if (path.empty()) return here.empty() ? nullptr : this;
        if (auto const next = literals.find(path.front()); next != literals.end())
            if (auto const* found = next->second->find(path.subspan(1), values, last)) return found;
        bool const must_be_literal = path.size() == 1 && last == last_segment::literal;
        if (!parameter || path.front().empty() || must_be_literal) return nullptr;
        values.push_back(path.front());
        if (auto const* found = parameter->find(path.subspan(1), values, last)) return found;
        values.pop_back();
        return nullptr;
    }
};

router::router(std::span<group const> groups)
    : root_(std::make_unique<node>())
{
    std::set<std::string_view> operations;
    for (auto const& g : groups)
        for (auto const& e : g.endpoints) {
            if (!operations.insert(e.operation).second)
                throw std::logic_error("two endpoints are called " + std::string(e.operation));
            served const one{&e, g.is_open, g.speaks};
            auto const mark = e.path.find(detail::rest_mark);
            if (mark == e.path.npos) {
                root_->add(one);
                continue;
            }
            open_ended_.push_back(
                {e.path.substr(0, e.path.rfind('{', mark)), e.path.substr(mark + detail::rest_mark.size() + 1), one});
        }
    std::ranges::stable_sort(open_ended_, std::ranges::greater(),
                             [](open_ended const& one) { return one.after.size(); });
}

router::~router() = default;

router::match router::find(std::string_view method, std::string_view path) const
{
    if (path.starts_with("//")) {
        auto const first = std::min(path.find_first_not_of('/'), path.size());
        auto found = find(method, path.substr(first - 1));
        return found.speaks == dialect::promptlayer ? std::move(found) : match();
    }
    std::vector<std::string> segments;
    for (auto const segment : segments_of(path)) segments.push_back(decoded(segment));
    std::vector<std::string> values;
    bool const may_be = path.starts_with('/') && net::percent_decoded(path).find('\0') == std::string::npos;
    if (!may_be) return {};
    auto const* at = root_->find(segments, values, last_segment::literal);
    if (!at) at = root_->find(segments, values, last_segment::any);
    if (!at) return find_open_ended(method, path);

    match result;
    if (choose(at->here, method, result)) {
        auto value = values.begin();
        detail::for_each_parameter(result.found->path, [&result, &value](std::string_view parameter) {
            result.path.emplace_back(parameter, std::move(*value++));
        });
    }
    return result;
}

router::match router::find_open_ended(std::string_view method, std::string_view path) const
{
    if (path.ends_with('/')) path.remove_suffix(1);
    match result;
    for (auto const& [before, after, one] : open_ended_) {
        bool const fits =
            path.size() > before.size() + after.size() && path.starts_with(before) && path.ends_with(after);
        if (!fits || !choose(std::span(&one, 1), method, result)) continue;
        auto const rest = path.substr(before.size(), path.size() - before.size() - after.size());
        detail::for_each_parameter(one.what->path,
                                   [&](std::string_view name) { result.path.emplace_back(name, decoded(rest)); });
        return result;
    }
    return result;
}

incoming::parameters parse_query(std::string_view query)
{
    incoming::parameters found;
    auto const text = [](std::string_view raw) {
        std::string spaced(raw);
        std::ranges::replace(spaced, '+', ' ');
        return decoded(spaced);
    };
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        found.emplace_back(text(pair.substr(0, equals)),
                           equals == pair.npos ? std::string() : text(pair.substr(equals + 1)));
    }
    return found;
}

} // namespace weir::api
