#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Counters, gauges and histograms, and the text that Prometheus reads (exposition format 0.0.4). Any thread.
namespace weir::metrics
{

class counter
{
public:
    void add(double amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

class histogram
{
public:
    /// `bounds`: upper bounds of the buckets, ascending, the last infinite one left out. They must outlive this.
    explicit histogram(std::span<double const> bounds);

    void observe(double value);

    std::span<double const> bounds() const { return bounds_; }
    std::uint64_t in_bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
    double sum() const { return sum_.value(); }

private:
    std::span<double const> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_; ///< one more than bounds
    counter sum_;
};

/// 10 µs to 10 minutes, in seconds.
std::span<double const> latency_bounds();

using labels = std::vector<std::string>;

/// The values of a series' labels while they are looked up.
using label_values = std::initializer_list<std::string_view>;

/// Orders series by their values; a look-up makes no copy of them.
struct by_values {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(A const& a, B const& b) const
    {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), std::less<std::string_view>());
    }
};

/// One metric with its labels' values. The number of series is bounded: what comes beyond is counted in a series whose
/// labels all say "other".
template <class Metric>
class family
{
public:
    static constexpr std::size_t max_series = 2000;

    family(labels names, std::function<std::unique_ptr<Metric>()> make)
        : names_(std::move(names))
        , make_(std::move(make))
    {
    }

    /// The series with these values, one for each name; made at first use. The reference stays good.
    Metric& with(label_values values)
    {
        std::scoped_lock const lock(mutex_);
        if (auto const found = series_.find(values); found != series_.end()) return *found->second;
        auto& series = series_[series_.size() < max_series ? labels(values.begin(), values.end())
                                                           : labels(names_.size(), "other")];
        if (!series) series = make_();
        return *series;
    }

    template <class Use>
    void for_each(Use use) const
    {
        std::scoped_lock const lock(mutex_);
        for (auto const& [values, metric] : series_) use(values, *metric);
    }

    labels const& names() const { return names_; }

private:
    labels const names_;
    std::function<std::unique_ptr<Metric>()> const make_;
    mutable std::mutex mutex_;
    std::map<labels, std::unique_ptr<Metric>, by_values> series_;
};

/// All metrics of the process. Metrics are registered at start and live as long as the registry.
class registry
{
public:
    registry();
    ~registry();

    family<counter>& counters(std::string name, std::string help, labels label_names);
    counter& single_counter(std::string name, std::string help);
    family<histogram>& histograms(std::string name, std::string help, labels label_names,
                                  std::span<double const> bounds = latency_bounds());
    histogram& single_histogram(std::string name, std::string help, std::span<double const> bounds = latency_bounds());

    /// A value that is asked for when the text is made.
    void gauge(std::string name, std::string help, std::function<double()> value);
    /// The same, with labels: `values` calls its argument once for each series.
    using series_sink = std::function<void(labels const&, double)>;
    void gauges(std::string name, std::string help, labels label_names, std::function<void(series_sink const&)> values);

    /// The exposition text, with the usual process_* metrics.
    std::string text() const;

private:
    struct entry;
    std::deque<std::unique_ptr<entry>> entries_;
};

} // namespace weir::metrics
