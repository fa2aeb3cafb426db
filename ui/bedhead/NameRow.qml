import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// The patient's name with sex and age: beside it, or below where the name is long.
Item {
    id: row

    required property BedheadModel model
    readonly property bool beside: probe.implicitWidth + person.natural + 3 * Theme.grid <= row.width

    Label {
        id: probe

        font.pixelSize: Theme.sizeName
        font.weight: Theme.bold
        text: row.model.name
        visible: false
    }
    FitLabel {
        id: name

        anchors.left: parent.left
        font.weight: Theme.bold
        height: row.beside ? parent.height : parent.height - person.height
        objectName: "name"
        size: Theme.sizeName
        smallest: 0.25 * Theme.sizeName
        text: row.model.name
        width: row.beside ? probe.implicitWidth + 2 : row.width
        wrapMode: row.beside ? Text.NoWrap : Text.Wrap
    }
    Label {
        id: person

        readonly property real natural: measure.implicitWidth

        color: Theme.muted
        font.pixelSize: Math.round(1.1 * Theme.sizeHeading)
        objectName: "person"
        tabular: true
        text: [row.model.personText, row.model.alsoText].filter(words => words !== "").join(" · ")
        width: row.beside ? natural + 2 : row.width
        wrapMode: row.beside ? Text.NoWrap : Text.Wrap
        x: row.beside ? name.width + 3 * Theme.grid : 0
        // Beside the name both stand on one line.
        y: row.beside ? name.baselineOffset + (name.height - name.contentHeight) / 2 - baselineOffset : row.height - height

        Label {
            id: measure

            font: person.font
            text: person.text
            visible: false
        }
    }
}
