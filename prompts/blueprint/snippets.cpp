#include "prompts/blueprint/snippets.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace json = boost::json;

namespace weir::prompts
{
namespace
{

constexpr std::string_view mark = "@@@";

std::optional<snippet_reference> reference_in(std::string_view inner)
{
    constexpr std::string_view version = "@version_number:", label = "@label:";
    snippet_reference made;
    if (auto const at = inner.rfind(version); at != inner.npos) {
        auto const digits = inner.substr(at + version.size());
        std::int64_t number = 0;
        auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
        made.version = number;
        inner = inner.substr(0, at);
    } else if (auto const named = inner.rfind(label); named != inner.npos) {
        made.label = inner.substr(named + label.size());
        inner = inner.substr(0, named);
    }
    if (inner.empty() || inner.find('\n') != inner.npos) return std::nullopt;
    made.name = inner;
    return made;
}

using outcome = boost::system::result<std::string, snippet_failure>;

class resolver
{
public:
    resolver(find_snippet const& find, render_budget& budget)
        : find_(find)
        , budget_(budget)
    {
    }

    outcome resolve(std::string_view text)
    {
        std::string out;
        std::size_t copied = 0;
        for (auto begin = text.find(mark); begin != text.npos; begin = text.find(mark, begin)) {
            auto const end = text.find(mark, begin + mark.size());
            if (end == text.npos) break;
            auto const reference = reference_in(text.substr(begin + mark.size(), end - begin - mark.size()));
            auto const put = reference ? lookup(*reference) : std::optional<outcome>();
            if (!put) {
                begin += mark.size();
                continue;
            }
            if (!*put) return put->error();
            out.append(text, copied, begin - copied).append(**put);
            copied = begin = end + mark.size();
        }
        out.append(text, copied);
        if (!spend(budget_.work, out.size())) return wrong("the snippets become too large");
        return out;
    }

    std::vector<used_snippet> used;
    std::string missing;

private:
    static snippet_failure wrong(std::string what) { return {{}, {std::move(what), 0}}; }

    /// The text that a reference stands for; none when there is nothing to put.
    std::optional<outcome> lookup(snippet_reference const& reference)
    {
        if (std::find(open_.begin(), open_.end(), reference.name) != open_.end())
            return outcome(wrong("the snippet " + reference.name + " contains itself"));
        if (open_.size() == most_snippet_depth) return outcome(wrong("the snippets nest too deeply"));
        if (++count_ > most_snippets) return outcome(wrong("there are too many snippets"));
        auto known = known_.find(reference);
        if (known == known_.end()) {
            auto found = find_(reference);
            if (!found) return outcome(snippet_failure{found.error(), {}});
            known = known_.emplace(reference, std::move(*found)).first;
            if (known->second) used.push_back({reference, known->second->version});
        }
        if (!known->second) {
            if (missing.empty()) missing = reference.name;
            return std::nullopt;
        }
        open_.push_back(reference.name);
        auto text = resolve(known->second->text);
        open_.pop_back();
        return text;
    }

    find_snippet const& find_;
    render_budget& budget_;
    std::map<snippet_reference, std::optional<found_snippet>> known_;
    std::vector<std::string> open_;
    std::size_t count_ = 0;
};

/// Calls `change` with each text block of what has content, until it returns an error.
template <class Change>
std::optional<snippet_failure> change_texts(json::object& of, std::string const& path, Change const& change)
{
    auto* const content = of.if_contains("content");
    auto* const blocks = content ? content->if_array() : nullptr;
    for (std::size_t i = 0; blocks && i < blocks->size(); ++i) {
        auto& block = (*blocks)[i].as_object();
        if (block.at("type") != "text") continue;
        if (auto failed = change(block["text"].as_string())) {
            if (!failed->store)
                failed->why.what = path + "content[" + std::to_string(i) + "].text: " + failed->why.what;
            return failed;
        }
    }
    return std::nullopt;
}

} // namespace

boost::system::result<resolved_blueprint, snippet_failure> resolve_snippets(json::object blueprint,
                                                                            find_snippet const& find,
                                                                            render_budget& budget)
{
    resolver with(find, budget);
    auto const change = [&with](json::string& text) -> std::optional<snippet_failure> {
        if (std::string_view(text).find(mark) == std::string_view::npos) return std::nullopt;
        auto const resolved = with.resolve(text);
        if (!resolved) return resolved.error();
        text = *resolved;
        return std::nullopt;
    };
    if (blueprint.at("type") == "completion") {
        if (auto failed = change_texts(blueprint, "", change)) return *failed;
    } else {
        auto& messages = blueprint["messages"].as_array();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            auto failed = change_texts(messages[i].as_object(), "messages[" + std::to_string(i) + "].", change);
            if (failed) return *failed;
        }
    }
    return resolved_blueprint{std::move(blueprint), std::move(with.used), std::move(with.missing)};
}

} // namespace weir::prompts
