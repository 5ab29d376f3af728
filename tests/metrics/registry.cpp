#include "metrics/registry.hpp"

#include "tests/support/exposition.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <thread>

namespace weir::metrics
{
BOOST_AUTO_TEST_SUITE(exposition)

namespace
{

/// The text of the metrics under test, without those of the process.
std::string text_of(registry const& metrics)
{
    auto const text = metrics.text();
    return text.substr(0, text.find("# HELP process_"));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_counter_is_written_with_its_help_and_type)
{
    registry metrics;
    auto& c = metrics.single_counter("weir_x_total", "What it counts.");
    c.add();
    c.add(2.5);

    BOOST_TEST(text_of(metrics) ==
               "# HELP weir_x_total What it counts.\n# TYPE weir_x_total counter\nweir_x_total 3.5\n");
}

BOOST_AUTO_TEST_CASE(labels_are_escaped)
{
    registry metrics;
    metrics.counters("weir_x_total", "X.", {"a", "b"}).with({"back\\slash", "quote\" and\nline"}).add();

    BOOST_TEST(text_of(metrics).find("weir_x_total{a=\"back\\\\slash\",b=\"quote\\\" and\\nline\"} 1\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(whatever_labels_and_help_say_a_scraper_reads_it_back)
{
    std::string const values[] = {"",   "\\", "\"", "\n", "\\n", "a,b=\"c\"}", "{} 1", "# HELP x", "gr\xc3\xbc\xc3\x9f",
                                  " x "};
    registry metrics;
    auto& counters = metrics.counters("weir_x_total", "Back\\slash, \"quotes\"\nand a second line.", {"a", "b"});
    auto& histograms = metrics.histograms("weir_y_seconds", "Y.", {"a", "b"});
    for (auto const& a : values)
        for (auto const& b : values) {
            counters.with({a, b}).add(1e300);
            histograms.with({a, b}).observe(1e-9);
        }
    metrics.gauges("weir_z", "Z.", {"v"}, [&](registry::series_sink const& sink) {
        for (auto const& v : values) sink({v}, -0.1);
    });

    auto const read = test::read_exposition(metrics.text());

    BOOST_TEST(read.at("weir_x_total").help == "Back\\\\slash, \"quotes\"\\nand a second line."); // as it stands there
    for (auto const& a : values) {
        BOOST_TEST_CONTEXT("value <" << a << ">")
        {
            BOOST_TEST(read.at("weir_z").value({{"v", a}}) == -0.1);
            for (auto const& b : values) {
                BOOST_TEST(read.at("weir_x_total").value({{"a", a}, {"b", b}}) == 1e300);
                BOOST_TEST(read.at("weir_y_seconds").value({{"a", a}, {"b", b}}, "_count") == 1);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_written_as_a_scraper_reads_it)
{
    registry metrics;
    metrics.gauge("weir_nan", "X.", [] { return std::nan(""); });
    metrics.gauge("weir_most", "X.", [] { return INFINITY; });
    metrics.gauge("weir_least", "X.", [] { return -INFINITY; });

    auto const read = test::read_exposition(metrics.text());

    BOOST_TEST(std::isnan(read.at("weir_nan").value()));
    BOOST_TEST(read.at("weir_most").value() == INFINITY);
    BOOST_TEST(read.at("weir_least").value() == -INFINITY);
}

BOOST_AUTO_TEST_CASE(a_series_is_made_once_and_stays)
{
    registry metrics;
    auto& family = metrics.counters("weir_x_total", "X.", {"a"});

    auto& first = family.with({"1"});
    for (int i = 0; i < 100; ++i) family.with({std::to_string(i)});

    BOOST_TEST(&first == &family.with({"1"}));
}

BOOST_AUTO_TEST_CASE(the_number_of_series_is_bounded_and_nothing_goes_uncounted)
{
    registry metrics;
    auto& family = metrics.counters("weir_x_total", "X.", {"a", "b"});
    constexpr int calls = 5000;

    for (int i = 0; i < calls; ++i) family.with({std::to_string(i), "x"}).add();

    std::size_t series = 0;
    double sum = 0;
    family.for_each([&](labels const&, counter const& c) {
        ++series;
        sum += c.value();
    });
    BOOST_TEST(series <= family.max_series + 1);
    BOOST_TEST(sum == calls);
    BOOST_TEST(text_of(metrics).find("weir_x_total{a=\"other\",b=\"other\"} 3000\n") != std::string::npos);
    BOOST_TEST(test::read_exposition(metrics.text()).at("weir_x_total").samples.size() == series);
}

BOOST_AUTO_TEST_CASE(a_histograms_buckets_are_cumulative_and_end_with_infinity)
{
    static constexpr std::array bounds{0.1, 1.0};
    registry metrics;
    auto& h = metrics.single_histogram("weir_x_seconds", "X.", bounds);
    for (double const v : {0.05, 0.1, 0.5, 1.0, 7.0}) h.observe(v); // a bound belongs to its bucket

    BOOST_TEST(text_of(metrics) == "# HELP weir_x_seconds X.\n# TYPE weir_x_seconds histogram\n"
                                   "weir_x_seconds_bucket{le=\"0.1\"} 2\nweir_x_seconds_bucket{le=\"1\"} 4\n"
                                   "weir_x_seconds_bucket{le=\"+Inf\"} 5\nweir_x_seconds_sum 8.65\n"
                                   "weir_x_seconds_count 5\n");
}

BOOST_AUTO_TEST_CASE(a_histogram_with_labels_has_its_bound_behind_them)
{
    static constexpr std::array bounds{0.5};
    registry metrics;
    metrics.histograms("weir_x_seconds", "X.", {"p"}, bounds).with({"v"}).observe(0.25);

    auto const text = text_of(metrics);
    BOOST_TEST(text.find("weir_x_seconds_bucket{p=\"v\",le=\"0.5\"} 1\n") != std::string::npos);
    BOOST_TEST(text.find("weir_x_seconds_bucket{p=\"v\",le=\"+Inf\"} 1\n") != std::string::npos);
    BOOST_TEST(text.find("weir_x_seconds_count{p=\"v\"} 1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(gauges_are_asked_when_the_text_is_made)
{
    registry metrics;
    double value = 1;
    metrics.gauge("weir_x", "X.", [&] { return value; });
    metrics.gauges("weir_y", "Y.", {"s"}, [](registry::series_sink const& sink) {
        sink({"a"}, 1);
        sink({"b"}, -2);
    });
    value = 7;

    auto const text = text_of(metrics);
    BOOST_TEST(text.find("# TYPE weir_x gauge\nweir_x 7\n") != std::string::npos);
    BOOST_TEST(text.find("weir_y{s=\"a\"} 1\nweir_y{s=\"b\"} -2\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(latencies_are_measured_from_ten_microseconds)
{
    auto const bounds = latency_bounds();

    BOOST_TEST(bounds.front() == 0.00001);
    BOOST_TEST(std::is_sorted(bounds.begin(), bounds.end()));
}

BOOST_AUTO_TEST_CASE(the_usual_metrics_of_the_process_are_there)
{
    auto const text = registry().text();
    for (std::string const name :
         {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
          "process_start_time_seconds", "process_open_fds", "process_max_fds"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(text.find("\n" + name + " ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(counting_from_several_threads_loses_nothing)
{
    registry metrics;
    auto& family = metrics.counters("weir_x_total", "X.", {"a"});
    auto& h = metrics.single_histogram("weir_y_seconds", "Y.");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 10'000; ++i) {
                    family.with({std::to_string(i % 10)}).add();
                    h.observe(0.001);
                }
            });
    }

    double sum = 0;
    family.for_each([&](labels const&, counter const& c) { sum += c.value(); });
    BOOST_TEST(sum == 40'000);
    BOOST_TEST(text_of(metrics).find("weir_y_seconds_count 40000\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::metrics
