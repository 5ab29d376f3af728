#include "metrics/registry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::metrics
{
namespace
{

void append_number(std::string& out, double value)
{
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
        return;
    }
    std::array<char, 32> digits;
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    static_cast<void>(error); // 32 characters hold any double
    out.append(digits.data(), end);
}

/// As the text of a help line; `quoted`, as a label's value.
void append_escaped(std::string& out, std::string_view value, bool quoted)
{
    for (char const c : value) {
        if (c == '\\' || (quoted && c == '"')) out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, labels const& names,
                   labels const& values, double value, std::string_view bound = {})
{
    out.append(name).append(suffix);
    if (!names.empty() || !bound.empty()) {
        out += '{';
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (i > 0) out += ',';
            out.append(names[i]).append("=\"");
            append_escaped(out, values[i], true);
            out += '"';
        }
        if (!bound.empty()) out.append(names.empty() ? "" : ",").append("le=\"").append(bound).append("\"");
        out += '}';
    }
    out += ' ';
    append_number(out, value);
    out += '\n';
}

void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type)
{
    out.append("# HELP ").append(name).append(" ");
    append_escaped(out, help, false);
    out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_metric(std::string& out, std::string_view name, labels const& names, labels const& values,
                   counter const& metric)
{
    append_sample(out, name, "", names, values, metric.value());
}

void append_metric(std::string& out, std::string_view name, labels const& names, labels const& values,
                   histogram const& metric)
{
    double count = 0;
    for (std::size_t i = 0; i <= metric.bounds().size(); ++i) {
        count += static_cast<double>(metric.in_bucket(i));
        std::string bound;
        append_number(bound, i < metric.bounds().size() ? metric.bounds()[i] : INFINITY);
        append_sample(out, name, "_bucket", names, values, count, bound);
    }
    append_sample(out, name, "_sum", names, values, metric.sum());
    append_sample(out, name, "_count", names, values, count);
}

/// What /proc/self/stat says, by the field numbers of proc(5) less the two that stand before the closing parenthesis.
std::vector<double> process_stat()
{
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    auto const name_end = text.rfind(')');
    if (name_end == text.npos) return {};
    std::istringstream rest(text.substr(name_end + 2));
    std::string state;
    rest >> state;
    return {std::istream_iterator<double>(rest), {}};
}

void append_process(std::string& out)
{
    auto const gauge = [&](std::string_view name, std::string_view help, double value) {
        append_head(out, name, help, "gauge");
        append_sample(out, name, "", {}, {}, value);
    };
    auto const stat = process_stat();
    if (stat.size() < 21) return;
    auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    append_head(out, "process_cpu_seconds_total", "User and system CPU time spent.", "counter");
    append_sample(out, "process_cpu_seconds_total", "", {}, {}, (stat[10] + stat[11]) / ticks);
    gauge("process_threads", "Threads of the process.", stat[16]);
    gauge("process_virtual_memory_bytes", "Virtual memory size.", stat[19]);
    gauge("process_resident_memory_bytes", "Resident memory size.",
          stat[20] * static_cast<double>(::sysconf(_SC_PAGESIZE)));

    std::ifstream uptime("/proc/stat");
    for (std::string line; std::getline(uptime, line);)
        if (line.starts_with("btime "))
            gauge("process_start_time_seconds", "Start time since 1970 UTC.",
                  std::stod(line.substr(6)) + stat[18] / ticks);

    std::error_code ignored;
    auto const open = std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {});
    gauge("process_open_fds", "Open file descriptors.", static_cast<double>(open));
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
        gauge("process_max_fds", "Most file descriptors that may be open.", static_cast<double>(files.rlim_cur));
}

} // namespace

histogram::histogram(std::span<double const> bounds)
    : bounds_(bounds)
    , buckets_(bounds.size() + 1)
{
}

void histogram::observe(double value)
{
    auto const at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.add(value);
}

std::span<double const> latency_bounds()
{
    static constexpr std::array bounds{0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                       0.005,   0.01,     0.025,   0.05,   0.1,     0.25,   0.5,   1.0,
                                       2.5,     5.0,      10.0,    30.0,   60.0,    120.0,  300.0, 600.0};
    return bounds;
}

/// One registered metric: how it is called and how its samples are written.
struct registry::entry {
    std::string name, help, type;
    std::unique_ptr<family<counter>> counters;
    std::unique_ptr<family<histogram>> histograms;
    std::function<void(std::string&, entry const&)> write;
};

registry::registry() = default;
registry::~registry() = default;

family<counter>& registry::counters(std::string name, std::string help, labels label_names)
{
    auto& e = *entries_.emplace_back(std::make_unique<entry>());
    e = {std::move(name),
         std::move(help),
         "counter",
         std::make_unique<family<counter>>(std::move(label_names), [] { return std::make_unique<counter>(); }),
         nullptr,
         [](std::string& out, entry const& self) {
             self.counters->for_each([&](labels const& values, counter const& metric) {
                 append_metric(out, self.name, self.counters->names(), values, metric);
             });
         }};
    return *e.counters;
}

counter& registry::single_counter(std::string name, std::string help)
{
    return counters(std::move(name), std::move(help), {}).with({});
}

family<histogram>& registry::histograms(std::string name, std::string help, labels label_names,
                                        std::span<double const> bounds)
{
    auto& e = *entries_.emplace_back(std::make_unique<entry>());
    e = {std::move(name),
         std::move(help),
         "histogram",
         nullptr,
         std::make_unique<family<histogram>>(std::move(label_names),
                                             [bounds] { return std::make_unique<histogram>(bounds); }),
         [](std::string& out, entry const& self) {
             self.histograms->for_each([&](labels const& values, histogram const& metric) {
                 append_metric(out, self.name, self.histograms->names(), values, metric);
             });
         }};
    return *e.histograms;
}

histogram& registry::single_histogram(std::string name, std::string help, std::span<double const> bounds)
{
    return histograms(std::move(name), std::move(help), {}, bounds).with({});
}

void registry::gauge(std::string name, std::string help, std::function<double()> value)
{
    gauges(std::move(name), std::move(help), {},
           [value = std::move(value)](series_sink const& sink) { sink({}, value()); });
}

void registry::gauges(std::string name, std::string help, labels label_names,
                      std::function<void(series_sink const&)> values)
{
    auto& e = *entries_.emplace_back(std::make_unique<entry>());
    e = {std::move(name),
         std::move(help),
         "gauge",
         nullptr,
         nullptr,
         [label_names = std::move(label_names), values = std::move(values)](std::string& out, entry const& self) {
             values([&](labels const& of, double value) { append_sample(out, self.name, "", label_names, of, value); });
         }};
}

std::string registry::text() const
{
    std::string out;
    for (auto const& e : entries_) {
        append_head(out, e->name, e->help, e->type);
        e->write(out, *e);
    }
    append_process(out);
    return out;
}

} // namespace weir::metrics
