#include "tests/support/exposition.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

namespace weir::test
{
namespace
{

[[noreturn]] void fail(std::string_view line, std::string const& why)
{
    throw std::runtime_error(why + ": " + std::string(line));
}

bool is_name(std::string_view text, bool colons)
{
    auto const good = [&](char c, bool first) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':') ||
               (!first && c >= '0' && c <= '9');
    };
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!good(text[i], i == 0)) return false;
    return !text.empty();
}

double number_of(std::string_view line, std::string_view text)
{
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) fail(line, "no number");
    return value;
}

/// Takes `"…"` from the beginning of `rest`, its escapes undone.
std::string take_quoted(std::string_view line, std::string_view& rest)
{
    if (!rest.starts_with('"')) fail(line, "a label's value without quotes");
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] != '\\') {
            value += rest[i];
            continue;
        }
        ++i;
        if (i == rest.size() || (rest[i] != '\\' && rest[i] != '"' && rest[i] != 'n')) fail(line, "no escape");
        value += rest[i] == 'n' ? '\n' : rest[i];
    }
    fail(line, "a label's value without an end");
}

sample read_sample(std::string_view line)
{
    sample s;
    auto const name_end = line.find_first_of("{ ");
    if (name_end == line.npos) fail(line, "no value");
    s.name = line.substr(0, name_end);
    if (!is_name(s.name, true)) fail(line, "not a metric's name");
    auto rest = line.substr(name_end);
    if (rest.starts_with('{')) {
        do {
            rest.remove_prefix(1);
            auto const equals = rest.find('=');
            if (equals == rest.npos) fail(line, "a label without a value");
            std::string const label(rest.substr(0, equals));
            rest.remove_prefix(equals + 1);
            auto value = take_quoted(line, rest);
            if (!is_name(label, false)) fail(line, "not a label's name");
            if (!s.labels.emplace(label, std::move(value)).second) fail(line, "a label twice");
        } while (rest.starts_with(','));
        if (!rest.starts_with('}')) fail(line, "labels without an end");
        rest.remove_prefix(1);
    }
    if (!rest.starts_with(' ')) fail(line, "no space before the value");
    s.value = number_of(line, rest.substr(1));
    return s;
}

bool belongs_to(std::string const& sample_name, std::string const& metric_name, std::string_view type)
{
    if (type != "histogram") return sample_name == metric_name;
    return sample_name == metric_name + "_bucket" || sample_name == metric_name + "_sum" ||
           sample_name == metric_name + "_count";
}

void check_histogram(std::string const& name, metric const& m)
{
    struct series {
        double bound = -std::numeric_limits<double>::infinity(), count = 0;
        std::optional<double> total, sum;
    };
    std::map<std::map<std::string, std::string>, series> all;
    for (auto const& s : m.samples) {
        auto labels = s.labels;
        labels.erase("le");
        auto& of = all[labels];
        if (s.name == name + "_sum") {
            of.sum = s.value;
        } else if (s.name == name + "_count") {
            of.total = s.value;
        } else {
            auto const le = s.labels.find("le");
            if (le == s.labels.end()) fail(name, "a bucket without a bound");
            auto const bound = number_of(name, le->second);
            if (bound <= of.bound || s.value < of.count) fail(name, "buckets out of order");
            of.bound = bound;
            of.count = s.value;
        }
    }
    for (auto const& [labels, of] : all)
        if (!std::isinf(of.bound) || !of.sum || !of.total || *of.total != of.count)
            fail(name, "a histogram that does not end with +Inf, its sum and its count");
}

void check(std::string const& name, metric const& m)
{
    std::set<std::pair<std::string, std::map<std::string, std::string>>> seen;
    for (auto const& s : m.samples) {
        if (!seen.emplace(s.name, s.labels).second) fail(s.name, "a series twice");
        if (m.type == "counter" && !(s.value >= 0)) fail(s.name, "a counter below 0");
    }
    if (m.type == "counter" && !name.ends_with("_total")) fail(name, "a counter not called _total");
    if (m.type == "histogram") check_histogram(name, m);
}

} // namespace

double metric::value(std::map<std::string, std::string> const& labels, std::string_view suffix) const
{
    for (auto const& s : samples)
        if (s.labels == labels && s.name.ends_with(suffix)) return s.value;
    throw std::runtime_error("there is no such series");
}

std::map<std::string, metric> read_exposition(std::string_view text)
{
    std::map<std::string, metric> found;
    std::string current; // whose samples may follow
    if (!text.empty() && !text.ends_with('\n')) fail(text, "the last line has no end");
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
            auto const rest = line.substr(7);
            std::string const name(rest.substr(0, rest.find(' ')));
            if (!is_name(name, true) || name.size() + 1 >= rest.size()) fail(line, "a head without a name or a text");
            bool const is_help = line[2] == 'H';
            if (is_help == found.contains(name)) fail(line, "a head that is not one HELP, then one TYPE");
            auto& m = found[name];
            if (!is_help && !m.type.empty()) fail(line, "a second TYPE");
            (is_help ? m.help : m.type) = rest.substr(name.size() + 1);
            if (is_help) continue;
            if (m.type != "counter" && m.type != "gauge" && m.type != "histogram") fail(line, "no type");
            current = name;
        } else if (line.empty() || line.starts_with('#')) {
            fail(line, "a line of no use");
        } else {
            auto s = read_sample(line);
            if (current.empty() || !belongs_to(s.name, current, found[current].type))
                fail(line, "a sample that does not stand with its metric");
            found[current].samples.push_back(std::move(s));
        }
    }
    for (auto const& [name, m] : found) {
        if (m.type.empty()) fail(name, "a metric without a type");
        check(name, m);
    }
    return found;
}

} // namespace weir::test
