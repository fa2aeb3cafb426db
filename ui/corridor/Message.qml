import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// No call to show: because nobody waits, or because it cannot be known.
Item {
    id: message

    required property CorridorModel model

    Column {
        anchors.centerIn: parent
        spacing: Theme.grid
        width: parent.width

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            color: message.model.mayLack ? Theme.ink : Theme.ok
            name: message.model.mayLack ? "lan-disconnect" : "check-circle-outline"
            size: Math.round(1.2 * Theme.farSize)
            visible: message.height > 4 * Theme.farSize
        }
        FitLabel {
            id: head

            fontSizeMode: Text.HorizontalFit
            font.weight: Theme.bold
            height: Math.round(1.4 * Theme.farSize)
            horizontalAlignment: Text.AlignHCenter
            objectName: "headline"
            size: Theme.farSize
            text: message.model.headline
            width: parent.width
            wrapMode: Text.NoWrap
        }
        FitLabel {
            color: Theme.muted
            height: Math.min(implicitHeight, message.height - head.height - parent.spacing)
            horizontalAlignment: Text.AlignHCenter
            objectName: "detail"
            size: Theme.sizeHeading
            tabular: true
            text: message.model.detail
            width: parent.width
        }
    }
}
