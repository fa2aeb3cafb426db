import QtQuick
import SmartWard.Screen
import "../theme"

// A verb beside the keys of a set of observations: "missed", "all_missed", "next" or "save".
TouchButton {
    id: button

    required property ObservationPad pad
    required property string verb

    activeFocusOnTab: false
    kind: button.verb === "save" ? "primary" : button.verb === "next" ? "soft" : "quiet"
    objectName: "pad-" + button.verb
    stacked: true
    text: button.pad.labels[button.verb] ?? ""

    onActivated: {
        switch (button.verb) {
        case "missed":
            return button.pad.askMissed();
        case "all_missed":
            return button.pad.askAllMissed();
        case "next":
            return button.pad.next();
        default:
            return button.pad.save();
        }
    }
}
