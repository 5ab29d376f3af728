#include "prompts/blueprint.hpp"
#include "prompts/blueprint/members.hpp"
#include "prompts/f_string.hpp"
#include "prompts/jinja.hpp"

#include <boost/json/serialize.hpp>

#include <set>

namespace weir::prompts
{
namespace
{

/// The variables of a message, or of all: each once, in order.
class name_list
{
public:
    void add(std::string_view name)
    {
        if (seen_.insert(std::string(name)).second) names_.emplace_back(members::view(name));
    }
    void add(json::array const& names)
    {
        for (auto const& name : names) add(members::view(name.as_string()));
    }
    json::array take() { return std::move(names_); }

private:
    std::set<std::string> seen_;
    json::array names_;
};

bool is_jinja(json::object const& of) { return members::text(of, "template_format") == "jinja2"; }

rendering<std::vector<std::string>> variables_in(std::string_view text, bool jinja)
{
    if (jinja) return jinja_variables(text);
    return f_string_variables(text);
}

/// Where a text of a block stands.
struct block_text {
    json::string* text;
    std::string place;
};

/// The text of a block in which variables may stand, if it has one.
std::optional<block_text> text_in(json::object& block, std::string const& path)
{
    auto const type = members::text(block, "type");
    if (type == "text") return block_text{&block["text"].as_string(), path + ".text"};
    if (type != "image_url") return std::nullopt;
    return block_text{&block["image_url"].as_object()["url"].as_string(), path + ".image_url.url"};
}

template_error at_place(std::string const& place, template_error const& why) { return {place + ": " + why.text(), 0}; }

/// Sets what is found in the texts of blocks as the variables of what they belong to.
rendering<json::array> names_in(json::object& of, std::string const& path)
{
    name_list names;
    auto* const content = of.if_contains("content");
    auto* const blocks = content ? content->if_array() : nullptr;
    for (std::size_t i = 0; blocks && i < blocks->size(); ++i) {
        auto& block = (*blocks)[i].as_object();
        if (auto const given = text_in(block, path + "content[" + std::to_string(i) + "]")) {
            auto const found = variables_in(members::view(*given->text), is_jinja(of));
            if (!found) return at_place(given->place, found.error());
            for (auto const& name : *found) names.add(name);
        }
        if (auto const name = members::text(block, "image_variable"); !name.empty()) names.add(name);
        if (members::text(block, "type") == "media_variable") names.add(members::text(block, "name"));
    }
    return names.take();
}

rendering<void> complete(json::object& of, std::string const& path)
{
    if (!members::has(of, "template_format")) of["template_format"] = "f-string";
    auto names = names_in(of, path);
    if (!names) return names.error();
    of["input_variables"] = std::move(*names);
    return {};
}

/// The messages or tools that a variable stands for.
using list_of_objects = std::vector<json::object>;

rendering<list_of_objects> objects_in(json::value const& given, std::string_view name)
{
    auto const wrong = [name](std::string_view what) {
        return template_error("input_variables." + std::string(name) + ": " + std::string(what), 0);
    };
    auto const* const all = given.if_array();
    if (!all) return wrong("must be an array");
    list_of_objects found;
    for (auto const& one : *all) {
        if (!one.is_object()) return wrong("must be an array of objects");
        found.push_back(one.get_object());
    }
    return found;
}

rendering<json::array> messages_for(json::value const& given, std::string_view name)
{
    auto all = objects_in(given, name);
    if (!all) return all.error();
    json::array messages;
    for (auto& message : *all) {
        if (auto const* const text = members::string(message, "content"))
            message["content"] = json::array{json::object{{"type", "text"}, {"text", *text}}};
        message.emplace("input_variables", json::array());
        message.emplace("template_format", "f-string");
        messages.push_back(std::move(message));
    }
    auto const problem = problem_with_blueprint(json::object{{"type", "chat"}, {"messages", messages}});
    if (problem) return template_error("input_variables." + std::string(name) + ": as " + *problem, 0);
    return messages;
}

rendering<json::array> tools_for(json::value const& given, std::string_view name)
{
    auto const all = objects_in(given, name);
    if (!all) return all.error();
    json::array tools(all->begin(), all->end());
    json::object const alone{{"type", "chat"}, {"messages", json::array()}, {"tools", tools}};
    if (auto const problem = problem_with_blueprint(alone))
        return template_error("input_variables." + std::string(name) + ": as " + *problem, 0);
    return tools;
}

/// The blocks that a variable for media stands for: URLs of images, or blocks.
rendering<json::array> media_for(json::value const& given, std::string_view name)
{
    json::array blocks;
    for (auto const& one : given.is_array() ? given.get_array() : json::array{given}) {
        if (auto const* const url = one.if_string())
            blocks.push_back(json::object{{"type", "image_url"}, {"image_url", json::object{{"url", *url}}}});
        else
            blocks.push_back(one);
    }
    if (auto const problem = problem_with_blueprint(json::object{{"type", "completion"}, {"content", blocks}}))
        return template_error("input_variables." + std::string(name) + ": as " + *problem, 0);
    return blocks;
}

/// Fills the texts of what has `content`, and puts media in the place of their variables.
class renderer
{
public:
    renderer(json::object const& variables, render_budget& budget)
        : variables_(variables)
        , budget_(budget)
    {
    }

    rendering<void> fill(json::object& of, std::string const& path)
    {
        auto* const content = of.if_contains("content");
        auto* const blocks = content ? content->if_array() : nullptr;
        if (!blocks) return {};
        json::array filled;
        for (std::size_t i = 0; i < blocks->size(); ++i) {
            auto& block = (*blocks)[i].as_object();
            auto const is_put = put_media(block, filled);
            if (!is_put) return is_put.error();
            if (*is_put) continue;
            if (auto const given = text_in(block, path + "content[" + std::to_string(i) + "]")) {
                auto const text = render(members::view(*given->text), is_jinja(of));
                if (!text) return at_place(given->place, text.error());
                *given->text = members::view(std::string_view(*text));
            }
            filled.push_back(std::move(block));
        }
        *content = std::move(filled);
        return {};
    }

    /// Null when it is not given.
    json::value const* value_of(std::string_view name) const
    {
        auto const* const given = variables_.if_contains(members::view(name));
        return given && !given->is_null() ? given : nullptr;
    }

private:
    rendering<std::string> render(std::string_view text, bool jinja)
    {
        return jinja ? render_jinja(text, variables_, budget_) : render_f_string(text, variables_, budget_);
    }

    rendering<bool> put_media(json::object const& block, json::array& to)
    {
        bool const is_media = members::text(block, "type") == "media_variable";
        auto const name = members::text(block, is_media ? "name" : "image_variable");
        auto const* const given = name.empty() ? nullptr : value_of(name);
        if (!given) return false;
        if (!spend(budget_.output, json::serialize(*given).size()))
            return template_error("the text becomes too large", 0);
        auto const blocks = media_for(*given, name);
        if (!blocks) return blocks.error();
        to.insert(to.end(), blocks->begin(), blocks->end());
        return true;
    }

    json::object const& variables_;
    render_budget& budget_;
};

/// Puts lists in the place of what stands for them: `is_place` names the variable of an element, or nothing.
template <class NameOf, class ListFor>
rendering<void> expand(json::array& all, NameOf const& name_of, ListFor const& list_for)
{
    json::array expanded;
    for (auto& one : all) {
        auto const name = name_of(one.as_object());
        if (name.empty()) {
            expanded.push_back(std::move(one));
            continue;
        }
        auto list = list_for(name);
        if (!list) return list.error();
        if (!*list)
            expanded.push_back(std::move(one));
        else
            expanded.insert(expanded.end(), (**list).begin(), (**list).end());
    }
    all = std::move(expanded);
    return {};
}

} // namespace

rendering<json::object> completed(json::object blueprint)
{
    if (members::text(blueprint, "type") == "completion") {
        if (auto const done = complete(blueprint, ""); !done) return done.error();
        return blueprint;
    }
    name_list names;
    auto& messages = blueprint["messages"].as_array();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        auto& message = messages[i].as_object();
        auto const done = complete(message, "messages[" + std::to_string(i) + "].");
        if (!done) return done.error();
        names.add(message["input_variables"].as_array());
        if (members::text(message, "role") == "placeholder") names.add(members::text(message, "name"));
    }
    if (auto const* const tools = members::array(blueprint, "tools"))
        for (auto const& tool : *tools)
            if (members::text(tool.as_object(), "type") == "variable")
                if (auto const name = members::text(tool.as_object(), "name"); !name.empty()) names.add(name);
    blueprint["input_variables"] = names.take();
    return blueprint;
}

rendering<json::object> render_blueprint(json::object blueprint, json::object const& variables, render_budget& budget)
{
    renderer with(variables, budget);
    if (members::text(blueprint, "type") == "completion") {
        if (auto const done = with.fill(blueprint, ""); !done) return done.error();
        return blueprint;
    }
    auto& messages = blueprint["messages"].as_array();
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (auto const done = with.fill(messages[i].as_object(), "messages[" + std::to_string(i) + "]."); !done)
            return done.error();

    using list = rendering<std::optional<json::array>>;
    auto const paid = [&budget](json::array all) -> list {
        if (spend(budget.output, json::serialize(all).size())) return std::optional(std::move(all));
        return template_error("the text becomes too large", 0);
    };
    auto const done = expand(
        messages,
        [](json::object const& message) {
            return members::text(message, "role") == "placeholder" ? members::text(message, "name")
                                                                   : std::string_view();
        },
        [&](std::string_view name) -> list {
            auto const* const given = with.value_of(name);
            if (!given) return std::optional<json::array>();
            auto all = messages_for(*given, name);
            if (!all) return all.error();
            return paid(std::move(*all));
        });
    if (!done) return done.error();
    auto* const tools = blueprint.if_contains("tools");
    if (!tools || !tools->is_array()) return blueprint;
    auto const with_tools = expand(
        tools->get_array(),
        [](json::object const& tool) {
            return members::text(tool, "type") == "variable" ? members::text(tool, "name") : std::string_view();
        },
        [&](std::string_view name) -> list {
            auto const* const given = with.value_of(name);
            if (!given) return std::optional<json::array>();
            auto all = tools_for(*given, name);
            if (!all) return all.error();
            return paid(std::move(*all));
        });
    if (!with_tools) return with_tools.error();
    return blueprint;
}

} // namespace weir::prompts
