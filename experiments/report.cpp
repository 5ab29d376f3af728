#include "experiments/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace weir::experiments
{
namespace
{

constexpr std::string_view boolean_suffix = "-hcone-bool";

json::value const* at(json::object const& in, std::initializer_list<std::string_view> path)
{
    json::value const* found = nullptr;
    auto const* object = &in;
    for (auto const name : path) {
        found = object ? object->if_contains({name.data(), name.size()}) : nullptr;
        if (!found) return nullptr;
        object = found->if_object();
    }
    return found;
}

std::optional<double> number_at(json::object const& in, std::initializer_list<std::string_view> path)
{
    auto const* found = at(in, path);
    if (!found || !found->is_number()) return std::nullopt;
    return found->to_number<double>();
}

/// A score by the name that people know, with or without the suffix that booleans have in the store.
json::object const* score_of(json::object const& figures, std::string_view name)
{
    for (auto const& suffix : {std::string_view(), boolean_suffix})
        if (auto const* found = at(figures, {"scores", std::string(name) + std::string(suffix)}))
            return found->if_object();
    return nullptr;
}

std::string formatted(char const* format, double value)
{
    char text[64] = {};
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string shown_number(std::optional<double> value, char const* format)
{
    return value ? formatted(format, *value) : "-";
}

/// "0.92 [0.85, 0.97] p=0.03".
std::string shown_score(json::object const* score)
{
    if (!score) return "-";
    auto text = shown_number(number_at(*score, {"mean"}), "%.3g");
    auto const low = number_at(*score, {"confidence", "low"}), high = number_at(*score, {"confidence", "high"});
    if (low && high) text += " [" + formatted("%.3g", *low) + ", " + formatted("%.3g", *high) + "]";
    if (auto const p = number_at(*score, {"comparison", "pValue"})) text += " p=" + formatted("%.2g", *p);
    return text;
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: // XML has no other control characters
            if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
        }
    }
    return out;
}

/// Characters, as far as a terminal's columns go.
std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// `rows` can be printed as they are.
std::string laid_out(std::vector<std::vector<std::string>> const& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (auto const& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    std::string out;
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            out += row[i] + std::string(i + 1 < row.size() ? widths[i] - width_of(row[i]) + 2 : 0, ' ');
        out += "\n";
    }
    return out;
}

} // namespace

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto const byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
        bool const is_ascii_control = byte(0) < 0x20 || byte(0) == 0x7F;
        bool const is_control = byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F;
        bool const turns_text = byte(0) == 0xE2 && ((byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) ||
                                                    (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
        if (is_ascii_control || is_control || turns_text)
            out += '?';
        else
            out += text.front();
        text.remove_prefix(turns_text ? 3 : is_control ? 2 : 1);
    }
    return out;
}

std::string violation::text() const
{
    auto const is = value ? " is " + formatted("%.6g", *value) : " is nowhere";
    return printable((variant.empty() ? "" : variant + ": ") + measure + is + " (" + condition + ")");
}

report::report(std::string name, std::string experiment, std::vector<std::pair<std::string, std::string>> variants,
               json::value const& comparison)
    : name_(std::move(name))
    , experiment_(std::move(experiment))
{
    auto const* whole = comparison.if_object();
    auto const* list = whole ? whole->if_contains("variants") : nullptr;
    if (!list || !list->is_array()) return;
    for (auto const& [id, variant] : variants)
        for (auto const& one : list->get_array()) {
            auto const* figures = one.if_object();
            auto const* its = figures ? figures->if_contains("id") : nullptr;
            if (its && its->is_string() && its->get_string() == id) variants_.push_back({variant, *figures});
        }
}

std::vector<std::string> report::score_names() const
{
    std::set<std::string> names;
    for (auto const& one : variants_)
        if (auto const* scores = at(one.figures, {"scores"}); scores && scores->is_object())
            for (auto const& score : scores->get_object()) {
                std::string name(score.key());
                if (name.ends_with(boolean_suffix)) name.resize(name.size() - boolean_suffix.size());
                names.insert(name);
            }
    return {names.begin(), names.end()};
}

std::string report::table() const
{
    auto const names = score_names();
    std::vector<std::vector<std::string>> rows{{"variant", "model", "runs", "failed"}};
    for (auto const& name : names) rows.front().push_back(printable(name));
    for (auto const* title : {"cost/run", "p50", "p99"}) rows.front().emplace_back(title);
    for (auto const& one : variants_) {
        auto const* model = at(one.figures, {"model"});
        auto& row = rows.emplace_back();
        row.push_back(printable(one.name));
        row.push_back(model && model->is_string() ? printable(std::string(model->get_string())) : "");
        row.push_back(shown_number(number_at(one.figures, {"runs"}), "%.0f"));
        row.push_back(shown_number(number_at(one.figures, {"failed"}), "%.0f"));
        for (auto const& name : names) row.push_back(shown_score(score_of(one.figures, name)));
        row.push_back(shown_number(value(one, "cost"), "$%.6f"));
        row.push_back(shown_number(value(one, "latency.p50"), "%.0f ms"));
        row.push_back(shown_number(value(one, "latency.p99"), "%.0f ms"));
    }
    return laid_out(rows);
}

std::optional<double> report::value(shown const& of, std::string_view measure) const
{
    if (measure == "cost") return number_at(of.figures, {"cost", "mean"});
    if (measure == "failed") return number_at(of.figures, {"failed"});
    if (measure.starts_with("latency.")) return number_at(of.figures, {"latencyMs", measure.substr(8)});
    auto const* score = score_of(of.figures, measure.substr(std::string_view("score.").size()));
    return score ? number_at(*score, {"mean"}) : std::nullopt;
}

std::vector<violation> report::violations(std::vector<condition> const& conditions) const
{
    std::vector<violation> all;
    for (auto const& what : conditions) {
        bool is_of_some = false;
        for (auto const& one : variants_) {
            if (!what.variant.empty() && what.variant != one.name) continue;
            is_of_some = true;
            auto const is = value(one, what.measure);
            if (!is || holds(what, *is)) all.push_back({one.name, what.text, what.measure, is});
        }
        if (!is_of_some) all.push_back({what.variant, what.text, what.measure, std::nullopt});
    }
    return all;
}

std::int64_t report::sum(std::string_view figure) const
{
    double sum = 0;
    for (auto const& one : variants_) sum += number_at(one.figures, {figure}).value_or(0);
    return static_cast<std::int64_t>(sum);
}

std::int64_t report::failed() const { return sum("failed"); }
std::int64_t report::completed() const { return sum("runs"); }

std::int64_t report::scored(std::string const& name) const
{
    double sum = 0;
    for (auto const& one : variants_)
        if (auto const* score = score_of(one.figures, name)) sum += number_at(*score, {"n"}).value_or(0);
    return static_cast<std::int64_t>(sum);
}

json::value report::as_json(std::vector<violation> const& violations) const
{
    json::array variants, broken;
    for (auto const& one : variants_) {
        auto figures = one.figures;
        figures["name"] = one.name;
        variants.push_back(std::move(figures));
    }
    for (auto const& one : violations)
        broken.push_back({{"variant", one.variant},
                          {"condition", one.condition},
                          {"value", one.value ? json::value(*one.value) : json::value()}});
    return {{"name", name_},
            {"experimentId", experiment_},
            {"variants", std::move(variants)},
            {"violations", std::move(broken)}};
}

std::string report::junit(std::vector<condition> const& conditions) const
{
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" + escaped(name_) + "\">\n";
    for (auto const& one : variants_) {
        std::string cases;
        std::size_t tests = 1, failures = 0;
        auto const add = [&](std::string const& name, std::string const& failure) {
            cases +=
                "    <testcase classname=\"" + escaped(name_ + "." + one.name) + "\" name=\"" + escaped(name) + "\"";
            cases += failure.empty() ? "/>\n"
                                     : ">\n      <failure message=\"" + escaped(failure) + "\"/>\n    </testcase>\n";
            failures += !failure.empty();
        };
        auto const failed = number_at(one.figures, {"failed"}).value_or(0);
        add("runs", failed > 0 ? formatted("%.0f", failed) + " failed" : "");
        for (auto const& what : conditions) {
            if (!what.variant.empty() && what.variant != one.name) continue;
            ++tests;
            auto const is = value(one, what.measure);
            add(what.text, !is                ? "there is no such figure"
                           : holds(what, *is) ? what.measure + " is " + formatted("%.6g", *is)
                                              : "");
        }
        out += "  <testsuite name=\"" + escaped(one.name) + "\" tests=\"" + std::to_string(tests) + "\" failures=\"" +
               std::to_string(failures) + "\">\n" + cases + "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

} // namespace weir::experiments
