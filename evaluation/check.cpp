#include "evaluation/check.hpp"

#include "evaluation/command.hpp"
#include "evaluation/edit_distance.hpp"
#include "evaluation/json_path.hpp"
#include "evaluation/json_schema.hpp"
#include "evaluation/values.hpp"
#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>

namespace weir::evaluation
{
namespace
{

/// Of a declaration: how deep it may nest, how many checks `all` and `any` may have.
constexpr std::size_t most_check_depth = 8, most_parts = 50;

/// Checks of a whole declaration, and those of them that compare texts character by character.
constexpr std::size_t most_checks = 100, most_similarities = 4;
/// Of a value whose placeholders are filled.
constexpr std::size_t most_value_bytes = 16 * 1024 * 1024;

/// Where a check looks: what the model said, or a body, or a place in one.
struct place {
    enum class where : unsigned char { answer, output, input } from = where::answer;
    std::optional<json_path> path;

    /// None when nothing stands there.
    std::optional<json::value> find(subject const& of) const
    {
        json::value said;
        auto const* body = from == where::input ? &of.request : &of.response;
        if (from == where::answer) {
            said = json::value(answer_text(of.response));
            if (!path) return said;
            boost::system::error_code error;
            said = json::parse(said.as_string(), error);
            if (error) return std::nullopt;
            body = &said;
        }
        if (!path) return *body;
        auto const* const found = path->find(*body);
        return found ? std::optional(*found) : std::nullopt;
    }
};

check_result yes(bool value) { return {score(value), {}}; }

/// A check of one value; `look` gets it.
template <class Look>
class value_check final : public check
{
public:
    value_check(place where, bool missing_is_false, Look look)
        : where_(std::move(where))
        , missing_is_false_(missing_is_false)
        , look_(std::move(look))
    {
    }
    check_result run(subject const& of) const override
    {
        auto const found = where_.find(of);
        if (found) return look_(*found, of);
        return missing_is_false_ ? yes(false) : check_result{{}, "nothing stands where the check looks"};
    }

private:
    place where_;
    bool missing_is_false_;
    Look look_;
};

/// all, any, not.
class compound final : public check
{
public:
    enum class kind : unsigned char { all, any, none };
    compound(kind what, std::vector<std::shared_ptr<check const>> parts)
        : what_(what)
        , parts_(std::move(parts))
    {
    }
    check_result run(subject const& of) const override
    {
        bool all = true, any = false;
        for (auto const& part : parts_) {
            auto const result = part->run(of);
            if (!result.value) return result;
            auto const* const is_true = std::get_if<bool>(&*result.value);
            if (!is_true) return {{}, "a check within all, any or not must be true or false, not a number"};
            all = all && *is_true;
            any = any || *is_true;
        }
        return yes(what_ == kind::all ? all : what_ == kind::any ? any : !any);
    }

private:
    kind what_;
    std::vector<std::shared_ptr<check const>> parts_;
};

/// Reads declarations; the first fault is kept.
class reader
{
public:
    explicit reader(std::string& problem)
        : problem_(problem)
    {
    }

    std::shared_ptr<check const> read(json::value const& from, std::string const& path, std::size_t depth)
    {
        auto const* const object = from.if_object();
        if (!object) return fail(path, "must be an object");
        if (depth > most_check_depth)
            return fail(path, "nests more than " + std::to_string(most_check_depth) + " deep");
        if (++checks_ > most_checks)
            return fail(path, "is one more than the " + std::to_string(most_checks) + " checks that may be");
        if (is_command(from)) return fail(path + ".type", "\"command\" stands alone: it cannot be within other checks");
        reading_ = object;
        path_ = path;
        for (auto const& given : *object) {
            std::string const name(given.key());
            if (std::find(std::begin(known_members), std::end(known_members), name) == std::end(known_members))
                return fail(path + "." + name, "is not known");
        }
        auto const type = text("type");
        if (!type) return fail(path + ".type", "is missing: it is one of " + kinds());
        if (*type == "all" || *type == "any" || *type == "not") return read_compound(*type, *object, path, depth);
        auto const where = read_place();
        if (!where) return nullptr;
        if (*type == "contains" || *type == "equals") return read_text_check(*type == "contains", *where);
        if (*type == "regex") return read_regex(*where);
        if (*type == "json_schema") return read_schema(*where);
        if (*type == "exists") return read_exists(*where);
        if (*type == "length") return read_length(*where);
        if (*type == "number") return read_number(*where);
        if (*type == "similarity" && ++similarities_ > most_similarities)
            return fail(path, "is one more than the " + std::to_string(most_similarities) + " of its type that may be");
        if (*type == "similarity") return read_similarity(*where);
        return fail(path + ".type", "\"" + *type + "\" is none of " + kinds());
    }

private:
    static constexpr std::string_view known_members[] = {"type",   "of",  "path", "value",     "ignore_case", "pattern",
                                                         "schema", "min", "max",  "tolerance", "checks"};

    static std::string kinds()
    {
        return "contains, equals, regex, json_schema, exists, length, number, similarity, all, any, not and command";
    }

    std::shared_ptr<check const> fail(std::string const& path, std::string const& what)
    {
        if (problem_.empty()) problem_ = path + " " + what;
        return nullptr;
    }

    json::value const* member(std::string_view name) { return reading_->if_contains({name.data(), name.size()}); }

    std::optional<std::string> text(std::string_view name)
    {
        auto const* const found = member(name);
        if (!found) return std::nullopt;
        if (auto const* const value = found->if_string()) return std::string(view(*value));
        fail(path_ + "." + std::string(name), "must be a text");
        return std::nullopt;
    }

    std::optional<double> number(std::string_view name)
    {
        auto const* const found = member(name);
        if (!found) return std::nullopt;
        if (found->is_number()) return found->to_number<double>();
        fail(path_ + "." + std::string(name), "must be a number");
        return std::nullopt;
    }

    bool flag(std::string_view name)
    {
        auto const* const found = member(name);
        if (!found) return false;
        if (auto const* const value = found->if_bool()) return *value;
        fail(path_ + "." + std::string(name), "must be true or false");
        return false;
    }

    template <class Look>
    std::shared_ptr<check const> make(place const& where, Look look, bool missing_is_false = false)
    {
        if (!problem_.empty()) return nullptr;
        return std::make_shared<value_check<Look>>(where, missing_is_false, std::move(look));
    }

    std::optional<place> read_place()
    {
        place out;
        auto const of = text("of").value_or("answer");
        if (of == "output")
            out.from = place::where::output;
        else if (of == "input")
            out.from = place::where::input;
        else if (of != "answer")
            fail(path_ + ".of", "\"" + of + "\" is none of answer, output and input");
        if (auto const path = text("path")) {
            out.path = json_path::parse(*path);
            if (!out.path) fail(path_ + ".path", "is no path like $.choices[0].message.content");
        }
        return problem_.empty() ? std::optional(out) : std::nullopt;
    }

    /// A value to compare with, in which placeholders of inputs may stand.
    template <class Compare>
    std::shared_ptr<check const> with_value(place const& where, Compare compare)
    {
        auto const* const value = member("value");
        if (!value) return fail(path_ + ".value", "is missing");
        auto const keys = prompts::input_keys(*value);
        return make(where, [value = *value, keys, compare](json::value const& found, subject const& of) {
            for (auto const& key : keys) // as the empty text it would let every answer pass
                if (!of.inputs.contains({key.data(), key.size()}))
                    return check_result{{}, "the call has no input \"" + key + "\", which the value names"};
            if (prompts::filled_size(value, of.inputs, of.auto_inputs) > most_value_bytes)
                return check_result{{}, "the value to compare with becomes too long when it is filled"};
            return compare(found, prompts::fill(value, of.inputs, of.auto_inputs));
        });
    }

    std::shared_ptr<check const> read_text_check(bool contains, place const& where)
    {
        bool const fold = flag("ignore_case");
        return with_value(where, [contains, fold](json::value const& found, json::value const& value) {
            if (!contains && !found.is_string() && !value.is_string()) return yes(found == value);
            auto const in = fold ? folded(as_text(found)) : as_text(found);
            auto const what = fold ? folded(as_text(value)) : as_text(value);
            return yes(contains ? has_part(in, what) : in == what);
        });
    }

    std::shared_ptr<check const> read_regex(place const& where)
    {
        auto const pattern = text("pattern");
        if (!pattern) return fail(path_ + ".pattern", "is missing");
        std::string bad;
        auto const compiled = read_pattern(*pattern, flag("ignore_case"), bad);
        if (!compiled) return fail(path_ + ".pattern", bad);
        return make(where, [compiled](json::value const& found, subject const&) {
            return yes(RE2::PartialMatch(as_text(found), *compiled));
        });
    }

    std::shared_ptr<check const> read_schema(place const& where)
    {
        auto const* const schema = member("schema");
        if (!schema) return fail(path_ + ".schema", "is missing");
        std::string problem;
        auto const compiled = json_schema::read(*schema, problem);
        if (!compiled) return fail(path_ + ".schema", problem);
        return make(where, [compiled](json::value const& found, subject const&) {
            auto const* const text = found.if_string();
            boost::system::error_code error;
            auto const parsed = text ? json::parse(*text, error) : found;
            return yes(!error && compiled->accepts(parsed));
        });
    }

    std::shared_ptr<check const> read_exists(place const& where)
    {
        return make(
            where, [](json::value const&, subject const&) { return yes(true); }, true);
    }

    /// With bounds yes or no, else the length itself.
    std::shared_ptr<check const> read_length(place const& where)
    {
        auto const least = number("min"), most = number("max");
        return make(where, [least, most](json::value const& found, subject const&) {
            auto const* const array = found.if_array();
            auto const length = array ? array->size() : characters(as_text(found));
            if (!least && !most) return check_result{score(static_cast<std::int64_t>(length)), {}};
            auto const value = static_cast<double>(length);
            return yes((!least || value >= *least) && (!most || value <= *most));
        });
    }

    std::shared_ptr<check const> read_number(place const& where)
    {
        auto const tolerance = number("tolerance").value_or(0);
        if (!(tolerance >= 0)) return fail(path_ + ".tolerance", "must not be negative");
        return with_value(where, [tolerance](json::value const& found, json::value const& value) {
            auto const is = number_in(found), wanted = number_in(value);
            if (!wanted) return check_result{{}, "the value to compare with is no number"};
            return yes(is && std::abs(*is - *wanted) <= tolerance);
        });
    }

    /// A whole number from 0 to 100, or with a bound yes or no.
    std::shared_ptr<check const> read_similarity(place const& where)
    {
        auto const least = number("min");
        return with_value(where, [least](json::value const& found, json::value const& value) {
            auto const alike = similarity(as_text(found), as_text(value));
            if (!alike) return check_result{{}, "the texts are too long to be compared"};
            auto const percent = static_cast<std::int64_t>(std::lround(*alike * 100));
            if (!least) return check_result{score(percent), {}};
            return yes(*alike * 100 >= *least);
        });
    }

    std::shared_ptr<check const> read_compound(std::string const& type, json::object const& from,
                                               std::string const& path, std::size_t depth)
    {
        auto const* const checks = from.if_contains("checks");
        auto const* const array = checks ? checks->if_array() : nullptr;
        if (!array || array->empty() || array->size() > most_parts)
            return fail(path + ".checks", "must be an array of 1 to " + std::to_string(most_parts) + " checks");
        std::vector<std::shared_ptr<check const>> parts;
        for (std::size_t i = 0; i < array->size(); ++i) {
            parts.push_back(read((*array)[i], path + ".checks[" + std::to_string(i) + "]", depth + 1));
            if (!parts.back()) return nullptr;
        }
        auto const kind = type == "all"   ? compound::kind::all
                          : type == "any" ? compound::kind::any
                                          : compound::kind::none;
        return std::make_shared<compound>(kind, std::move(parts));
    }

    std::string& problem_;
    json::object const* reading_ = nullptr;
    std::string path_;
    std::size_t checks_ = 0, similarities_ = 0; ///< so far
};

} // namespace

std::shared_ptr<check const> check::read(json::value const& declaration, std::string& problem)
{
    problem.clear();
    return reader(problem).read(declaration, "check", 0);
}

} // namespace weir::evaluation
