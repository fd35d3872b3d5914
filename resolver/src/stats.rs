//! What the resolver counts: the numbers behind health and the summary.

/// Counters since the start, and what is held right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Activities that came in.
    pub activities: u64,
    /// Activities that went into an earlier one's count.
    pub folded: u64,
    /// Folded activities that left before their window closed because too many were open.
    pub fold_evicted: u64,
    /// Activities among them that Windows events told of.
    pub events: u64,
    /// Events that became part of an activity that was known already, on the wire or by another event.
    pub events_joined: u64,
    /// Activities that did not wait out the window for events because too many waited.
    pub join_evicted: u64,
    /// Times that one was not found as the counterpart of another, or not compared with all of its like, because there were too many.
    pub join_crowded: u64,
    /// Activities, after folding, whose actor is an entity of the directory.
    pub actors_resolved: u64,
    /// Activities, after folding, that name an actor the directory does not have.
    pub actors_unresolved: u64,
    /// Activities, after folding, whose target is an entity of the directory.
    pub targets_resolved: u64,
    /// Activities, after folding, whose client's computer is known.
    pub sources_resolved: u64,
    /// Activities, after folding, whose server's computer is known.
    pub destinations_resolved: u64,
    /// Addresses with a computer right now.
    pub addresses: u64,
    /// Addresses forgotten because there were too many.
    pub addresses_evicted: u64,
    /// Those of them that several machines or accounts shared, or a VPN gateway's: they have to be recognised anew.
    pub shared_forgotten: u64,
    /// Former holders of addresses that were forgotten because an address had too many.
    pub tenures_forgotten: u64,
    /// Computers whose last address was forgotten because there were too many.
    pub homes_forgotten: u64,
    /// VPN sessions whose network was not watched because there were too many.
    pub pools_refused: u64,
    /// Addresses whose SYNs were forgotten before anything else was known of them, because there were too many.
    pub fingerprints_forgotten: u64,
    /// Activities that waited for evidence of their client's computer.
    pub waited: u64,
    /// Activities of these that left early because too many waited.
    pub waited_evicted: u64,
    /// Activities, after folding, whose client's computer is sure.
    pub sources_certain: u64,
    /// Pieces of evidence about addresses that gave way to newer ones: an address keeps one a method.
    pub evidence_replaced: u64,
    /// Addresses that were not asked who they are because too many waited for it.
    pub questions_dropped: u64,
    /// Times an address went from one computer to another.
    pub address_conflicts: u64,
    /// Activities, after folding, whose actor is known by a ticket alone: the one presented, or the one that the connection
    /// began with.
    pub actors_by_ticket: u64,
    /// Tickets forgotten because there were too many.
    pub tickets_forgotten: u64,
    /// Uses of tickets of which it was not judged whether they were issued, because too many waited for it.
    pub tickets_unjudged: u64,
    /// Connections whose owner was forgotten because there were too many.
    pub connections_forgotten: u64,
    /// Times the name cache was emptied because it was full.
    pub names_flushed: u64,
    /// Things that the synchronisation of the directory found changed.
    pub directory_changes: u64,
    /// Those whose author was seen at work.
    pub changes_attributed: u64,
    /// Writes to the directory forgotten because there were too many.
    pub writes_forgotten: u64,
    /// Objects of the directory snapshot.
    pub directory_objects: u64,
    /// Times a newer directory took the place of the one before.
    pub directories: u64,
}

impl Stats {
    /// Every counter by name.
    #[must_use]
    pub const fn counters(&self) -> [(&'static str, u64); 35] {
        [
            ("resolver.activities", self.activities),
            ("resolver.folded", self.folded),
            ("resolver.fold_evicted", self.fold_evicted),
            ("resolver.events", self.events),
            ("resolver.events_joined", self.events_joined),
            ("resolver.join_evicted", self.join_evicted),
            ("resolver.join_crowded", self.join_crowded),
            ("resolver.actors_resolved", self.actors_resolved),
            ("resolver.actors_unresolved", self.actors_unresolved),
            ("resolver.targets_resolved", self.targets_resolved),
            ("resolver.sources_resolved", self.sources_resolved),
            ("resolver.destinations_resolved", self.destinations_resolved),
            ("resolver.addresses", self.addresses),
            ("resolver.addresses_evicted", self.addresses_evicted),
            ("resolver.shared_forgotten", self.shared_forgotten),
            ("resolver.tenures_forgotten", self.tenures_forgotten),
            ("resolver.homes_forgotten", self.homes_forgotten),
            ("resolver.pools_refused", self.pools_refused),
            ("resolver.fingerprints_forgotten", self.fingerprints_forgotten),
            ("resolver.waited", self.waited),
            ("resolver.waited_evicted", self.waited_evicted),
            ("resolver.sources_certain", self.sources_certain),
            ("resolver.evidence_replaced", self.evidence_replaced),
            ("resolver.questions_dropped", self.questions_dropped),
            ("resolver.address_conflicts", self.address_conflicts),
            ("resolver.actors_by_ticket", self.actors_by_ticket),
            ("resolver.tickets_forgotten", self.tickets_forgotten),
            ("resolver.tickets_unjudged", self.tickets_unjudged),
            ("resolver.connections_forgotten", self.connections_forgotten),
            ("resolver.names_flushed", self.names_flushed),
            ("resolver.directory_changes", self.directory_changes),
            ("resolver.changes_attributed", self.changes_attributed),
            ("resolver.writes_forgotten", self.writes_forgotten),
            ("resolver.directory_objects", self.directory_objects),
            ("resolver.directories", self.directories),
        ]
    }
}
